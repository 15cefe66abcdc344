package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// drawing is how long Chromium may take for a page.
const drawing = 2 * time.Minute

// picture is a page as Chromium draws it, as a PNG that has the screen's text inside.
func picture(ctx context.Context, chromium, folder, html, text string) ([]byte, error) {
	from, to := filepath.Join(folder, "page.html"), filepath.Join(folder, "page.png")
	if err := os.WriteFile(from, []byte(html), 0o600); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, drawing)
	defer cancel()
	const room = 200 // A window has more than a page in it.
	flags := []string{
		"--headless", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1",
		"--user-data-dir=" + filepath.Join(folder, "chromium"), "--screenshot=" + to,
		fmt.Sprintf("--window-size=%d,%d", pageWidth+room, pageHeight+room),
	}
	if os.Geteuid() == 0 {
		flags = append(flags, "--no-sandbox") // It has none for root, and draws our own page alone.
	}
	out, err := exec.CommandContext(ctx, chromium, append(flags, from)...).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", chromium, err, out)
	}
	shot, err := os.ReadFile(to)
	if err != nil {
		return nil, fmt.Errorf("%s drew nothing: %w: %s", chromium, err, out)
	}
	return finish(shot, text)
}

// finish cuts a picture to the page, and puts a text into it.
func finish(shot []byte, text string) ([]byte, error) {
	whole, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return nil, fmt.Errorf("reading what was drawn: %w", err)
	}
	bounds := image.Rect(0, 0, pageWidth, pageHeight)
	if !bounds.In(whole.Bounds()) {
		return nil, fmt.Errorf("a picture of %v was drawn, want %v at least", whole.Bounds(), bounds)
	}
	cut := image.NewPaletted(bounds, palette(whole, bounds))
	draw.Draw(cut, bounds, whole, image.Point{}, draw.Src)
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, cut); err != nil {
		return nil, err
	}
	return withText(b.Bytes(), text), nil
}

// palette are the colors of a part of a picture, as few as a small PNG may have: of those that are
// close to each other it has the commonest, which is that of letters and not of their edges.
func palette(from image.Image, part image.Rectangle) (colors color.Palette) {
	counts := map[color.RGBA]int{}
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			r, g, b, a := from.At(x, y).RGBA()
			counts[color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), uint8(a >> 8)}]++
		}
	}
	byCount := func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G),
			cmp.Compare(a.B, b.B))
	}
	all := slices.SortedFunc(maps.Keys(counts), byCount)
	const most = 256
	for apart := uint8(1); apart < 128; apart *= 2 {
		colors = nil
		near := map[color.RGBA]bool{}
		for _, c := range all {
			if place := (color.RGBA{c.R / apart, c.G / apart, c.B / apart, 0}); !near[place] {
				near[place] = true
				colors = append(colors, c)
			}
		}
		if len(colors) <= most {
			break
		}
	}
	return colors
}

// A PNG is a signature and chunks, each of a length, a kind, its data and a checksum. The first is
// IHDR, of 13 bytes; texts in UTF-8 are iTXt (https://www.w3.org/TR/png-3/#11iTXt).
const (
	signature = 8
	framing   = 12
	header    = signature + framing + 13
	textKind  = "iTXt"
	// textHead are the name of our text, and that it is not compressed and of no language.
	textHead = "Screen\x00\x00\x00\x00\x00"
)

// withText puts a text into a PNG, after its header.
func withText(shot []byte, text string) []byte {
	body := append([]byte(textKind), textHead+text...)
	var chunk []byte
	chunk = binary.BigEndian.AppendUint32(chunk, uint32(len(body)-len(textKind)))
	chunk = append(chunk, body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body))
	return bytes.Join([][]byte{shot[:header], chunk, shot[header:]}, nil)
}

// textOf is the text in a PNG that withText made.
func textOf(shot []byte) (string, error) {
	for at := signature; at+framing <= len(shot); {
		length := int(binary.BigEndian.Uint32(shot[at:]))
		data := at + 8
		if length > len(shot)-data {
			break
		}
		text, is := bytes.CutPrefix(shot[data:data+length], []byte(textHead))
		if is && string(shot[at+4:data]) == textKind {
			return string(text), nil
		}
		at = data + length + 4
	}
	return "", errors.New("the picture has no screen in it")
}
