package chain

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"strings"

	"redoubt/failover"
)

// Head is the name of the file in an archive's folder that holds what is known of its last file.
const Head = "head"

// File is what a file of an archive is known by.
type File struct {
	// Number counts the files from 1 on.
	Number uint64
	// Name is without a folder. The zero File has none.
	Name string
	Size int64
	Sum  [sha256.Size]byte
}

// form is how a file is written of in a link, and in the head.
const form = "file %d, %s of %d bytes with SHA-256 %x"

// String is the form that links and the head have.
func (f File) String() string { return fmt.Sprintf(form, f.Number, f.Name, f.Size, f.Sum) }

// ParseFile reads what String wrote. Anything else is an error.
func ParseFile(text string) (File, error) {
	var f File
	var sum []byte
	_, err := fmt.Sscanf(text, form, &f.Number, &f.Name, &f.Size, &sum)
	if err == nil && len(sum) == len(f.Sum) {
		f.Sum = [sha256.Size]byte(sum)
		if f.String() == text && f.Number > 0 && f.Size >= 0 && !strings.ContainsAny(f.Name, `/\`) {
			return f, nil
		}
	}
	return File{}, fmt.Errorf("this does not say which file of an archive is meant: %.200q", text)
}

// FileOf is what some bytes are known by.
func FileOf(number uint64, name string, data []byte) File {
	return File{Number: number, Name: name, Size: int64(len(data)), Sum: sha256.Sum256(data)}
}

// Tally is a File that grows.
type Tally struct {
	file File
	sum  hash.Hash
}

// NewTally begins with what a file holds already.
func NewTally(number uint64, name string, data []byte) *Tally {
	t := &Tally{file: File{Number: number, Name: name}, sum: sha256.New()}
	t.Add(data)
	return t
}

// Add takes in what was appended.
func (t *Tally) Add(data []byte) {
	t.sum.Write(data) // A hash never fails to be written to.
	t.file.Size += int64(len(data))
}

// Size is how long the file is now, in bytes.
func (t *Tally) Size() int64 { return t.file.Size }

// File is what the file is known by now.
func (t *Tally) File() File {
	f := t.file
	t.sum.Sum(f.Sum[:0])
	return f
}

// linkWho is who a link is by, as the note that it is.
const linkWho = "archive"

// The texts of links.
const (
	linkFollows = "follows "
	linkBegins  = "begins"
)

// AppendLink appends the link with which a file begins, before its base: the file before it, which
// has no name where there is none, and the index of the entry that led to the base.
func AppendLink(r *failover.Recorder, b []byte, index uint64, before File) []byte {
	text := linkBegins
	if before.Name != "" {
		text = linkFollows + before.String()
	}
	return r.AppendNote(b, &failover.Note{Index: index, Who: linkWho, Why: text})
}

// Link is what a file says of the one before it.
type Link struct {
	// Before has no name where the file is an archive's first.
	Before File
	// Index is of the entry that led to the base.
	Index uint64
}

// start is how a file begins.
type start uint8

const (
	damaged  start = iota // Whoever reads it finds out where.
	begins                // It is the beginning of a log, or has nothing yet.
	unlinked              // It is from before there were links.
	linked
)

// linkOf reads how a file begins, and its link.
func linkOf(data []byte) (l Link, how start) {
	how = unlinked
	for record, err := range failover.ReadLog(data) {
		switch {
		case err != nil:
			return Link{}, damaged
		case record.Kind == failover.PolicyRecord:
			continue // It precedes a base, and what a log begins with.
		case record.Kind == failover.BaseRecord:
			return l, how
		case record.Kind != failover.NoteRecord:
			return Link{}, begins
		}
		l, how = parseLink(&record.Note)
	}
	return Link{}, begins
}

// LinkOf reads the link of a file, if it has one.
func LinkOf(data []byte) (Link, bool) {
	l, how := linkOf(data)
	return l, how == linked
}

func parseLink(n *failover.Note) (Link, start) {
	l := Link{Index: n.Index}
	before, follows := strings.CutPrefix(n.Why, linkFollows)
	var err error
	switch {
	case n.Who != linkWho || !follows && n.Why != linkBegins:
		return Link{}, unlinked
	case follows:
		l.Before, err = ParseFile(before)
	}
	if err != nil {
		return Link{}, damaged
	}
	return l, linked
}
