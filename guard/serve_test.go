package guard

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// served is a client of a guard that runs a ledger and answers on a socket.
func served(t *testing.T) (*Client, ledger, string) {
	t.Helper()
	store := ledger{dir: t.TempDir()}
	g := running(t, store, Terms{Lease: time.Hour, Stop: quick.Stop})
	socket := filepath.Join(store.dir, "guard.sock")
	listener, err := Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- g.Serve(t.Context(), listener) }()
	t.Cleanup(func() {
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
	return NewClient(socket), store, socket
}

// TestAGuardIsAskedOverItsSocket goes through what an agent asks, and what it is refused.
func TestAGuardIsAskedOverItsSocket(t *testing.T) {
	client, store, socket := served(t)
	about, err := os.Stat(socket)
	if err != nil || about.Mode().Perm() != 0o600 || about.Mode()&fs.ModeSocket == 0 {
		t.Errorf("got %v and %v, want a socket that is its owner's alone", about.Mode(), err)
	}
	ctx := t.Context()
	ticket, err := client.Ticket(ctx)
	if err != nil {
		t.Fatal(err)
	}
	grant := Grant{Epoch: 3, Ticket: ticket, Lease: time.Hour}
	var word Word
	within(t, "it opens", func() bool {
		word, err = client.Show(ctx, grant)
		return !errors.Is(err, ErrBooting)
	})
	if err != nil || word.Epoch != 3 || word.Left < 50*time.Minute {
		t.Fatalf("got %+v and %v, want it open for the best part of an hour", word, err)
	}
	store.writes(t)
	if word, err := client.Fence(ctx, 3); err != nil || word.Fenced != 3 || word.Phase != "fenced" {
		t.Errorf("got %+v and %v, want epoch 3 fenced", word, err)
	}
	within(t, "it boots", func() bool {
		_, err = client.Show(ctx, grant)
		return !errors.Is(err, ErrBooting)
	})
	if err == nil || !strings.Contains(err.Error(), "epoch 3 was fenced") {
		t.Errorf("got %v, want a fenced epoch to be refused", err)
	}
	if word, err := client.Standing(ctx); err != nil || word.Fenced != 3 {
		t.Errorf("got %+v and %v, want epoch 3 fenced", word, err)
	}
}

// TestASocketIsOneGuards listens where a guard does, where one did, and where something else is.
func TestASocketIsOneGuards(t *testing.T) {
	path := filepath.Join(t.TempDir(), "guard.sock")
	first, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path); err == nil || !strings.Contains(err.Error(), "another guard listens") {
		t.Errorf("got %v, want the socket to stay that of the first", err)
	}
	first.(*net.UnixListener).SetUnlinkOnClose(false) // As when it was killed.
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("got %v, want a file to be left alone", err)
	}
}

// TestAGuardRefusesNonsense sends what no agent does.
func TestAGuardRefusesNonsense(t *testing.T) {
	_, store, socket := served(t)
	for _, text := range []string{
		"", "GARBAGE\r\n\r\n", "GET /v1/show HTTP/1.1\r\nHost: g\r\n\r\n",
		"POST /v1/show HTTP/1.1\r\nHost: g\r\nContent-Length: 9\r\n\r\n{\"epoch\":",
		"POST /v1/show HTTP/1.1\r\nHost: g\r\nContent-Length: 13\r\n\r\n{\"epoch\": -1}",
		"POST /v1/fence HTTP/1.1\r\nHost: g\r\nContent-Length: 12\r\n\r\n{\"epoh\": 10}",
		"POST /v1/show HTTP/1.1\r\nHost: g\r\nContent-Length: 9000\r\n\r\n" + strings.Repeat(" ", 9000),
	} {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		var got [512]byte
		n, _ := conn.Read(got[:])
		if answer := string(got[:n]); strings.Contains(answer, "200 OK") {
			t.Errorf("%.40q: got %q", text, answer)
		}
		_ = conn.Close()
	}
	if len(store.wrote(t)) != 0 {
		t.Error("nonsense has opened the store")
	}
}
