package execute

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The headers of a signed webhook, as the Standard Webhooks specification names them: its sender
// signs the identifier, the time and the body, joined by dots, with HMAC-SHA256
// (https://github.com/standard-webhooks/standard-webhooks, read 2026-11-22).
const (
	headerID        = "Webhook-Id"
	headerTime      = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
	headerKey       = "Idempotency-Key"
)

// signatureVersion is that of a symmetric signature, and secretPrefix how its key is written.
const (
	signatureVersion = "v1,"
	secretPrefix     = "whsec_"
)

// Secret is a key that two sides share. It prints as nothing.
type Secret struct{ key []byte }

// String hides the key.
func (Secret) String() string { return "[hidden]" }

// GoString hides the key.
func (Secret) GoString() string { return "[hidden]" }

// The bounds of a key, in bytes: the specification has 24 to 64.
const (
	secretMin = 24
	secretMax = 64
)

// ParseSecret reads a key: base64, with or without "whsec_" before it.
func ParseSecret(text string) (Secret, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(text),
		secretPrefix))
	if err != nil {
		return Secret{}, errors.New("a key of webhooks is base64, perhaps with whsec_ before it")
	}
	if len(key) < secretMin || len(key) > secretMax {
		return Secret{}, fmt.Errorf("a key of webhooks has %d to %d bytes, this one %d", secretMin,
			secretMax, len(key))
	}
	return Secret{key}, nil
}

// sign is the signature of a message.
func (s Secret) sign(id string, at int64, body []byte) []byte {
	mac := hmac.New(sha256.New, s.key)
	fmt.Fprintf(mac, "%s.%d.", id, at)
	mac.Write(body)
	return mac.Sum(nil)
}

// signs sets the headers of a message. With several keys it has several signatures, so that a
// receiver may change its key when it likes.
func signs(header http.Header, secrets []Secret, id string, at time.Time, body []byte) {
	var signatures []string
	for _, secret := range secrets {
		signatures = append(signatures,
			signatureVersion+base64.StdEncoding.EncodeToString(secret.sign(id, at.Unix(), body)))
	}
	header.Set(headerID, id)
	header.Set(headerKey, id)
	header.Set(headerTime, strconv.FormatInt(at.Unix(), 10))
	header.Set(headerSignature, strings.Join(signatures, " "))
}

// The reasons for which a Verifier refuses a message.
var (
	ErrForged    = errors.New("no signature of the message is by a key that is known")
	ErrReplayed  = errors.New("the message was here before")
	ErrOutOfTime = errors.New("the message is older, or newer, than is let through")
	ErrTooLong   = errors.New("the message is longer than is let through")
	errMalformed = errors.New("the message has not the headers of a signed webhook")
)

// Verifier judges signed webhooks, for those who receive them. A message that is sent again after
// its answer was lost has the same identifier and another time: whoever receives it looks at that
// identifier, and at the epoch, for itself. The zero value knows no key and refuses all. Its
// methods may be called at the same time.
type Verifier struct {
	Secrets []Secret
	// Window is by how much the time of a message may differ from this machine's; 0 stands for 5
	// minutes.
	Window time.Duration
	// BytesMax bounds a message; 0 stands for 64 KiB.
	BytesMax int64
	// Now is the time; nil stands for the machine's.
	Now func() time.Time

	mu   sync.Mutex
	seen map[string]int64
}

// seenMax bounds how many messages are remembered within a window: of more none is let through.
const seenMax = 1 << 16

// Read reads the body of a request and judges it.
func (v *Verifier) Read(r *http.Request) ([]byte, error) {
	limit := v.BytesMax
	if limit == 0 {
		limit = messageMax
	}
	if r.ContentLength > limit {
		return nil, ErrTooLong
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(body)) > limit:
		return nil, ErrTooLong
	}
	return body, v.Verify(r.Header, body)
}

// Verify judges a message: nil says that it is from somebody with the key, of now, and was not here
// before.
func (v *Verifier) Verify(header http.Header, body []byte) error {
	id, stamp := header.Get(headerID), header.Get(headerTime)
	at, err := strconv.ParseInt(stamp, 10, 64)
	if id == "" || err != nil || strconv.FormatInt(at, 10) != stamp {
		return errMalformed
	}
	now, window := time.Now, v.Window
	if v.Now != nil {
		now = v.Now
	}
	if window == 0 {
		window = 5 * time.Minute
	}
	here, reach := now().Unix(), int64(window/time.Second)
	if at < here-reach || at > here+reach {
		return ErrOutOfTime
	}
	if !v.signed(id, at, body, header.Get(headerSignature)) {
		return ErrForged
	}
	return v.remember(id+"."+stamp, at, here-reach)
}

// signed reports whether one of the signatures is by one of the keys. All are compared, in a time
// that does not tell how much of one is right.
func (v *Verifier) signed(id string, at int64, body []byte, signatures string) bool {
	right := false
	const most = 8 // Whoever sends more has others in mind.
	for i, field := range strings.Fields(signatures) {
		text, known := strings.CutPrefix(field, signatureVersion)
		given, err := base64.StdEncoding.DecodeString(text)
		if !known || err != nil || i >= most {
			continue
		}
		for _, secret := range v.Secrets {
			if hmac.Equal(given, secret.sign(id, at, body)) {
				right = true
			}
		}
	}
	return right
}

// remember is an error when a message was here before, within the window.
func (v *Verifier) remember(message string, at, oldest int64) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, before := v.seen[message]; before {
		return ErrReplayed
	}
	if len(v.seen) >= seenMax {
		for old, when := range v.seen {
			if when < oldest {
				delete(v.seen, old)
			}
		}
		if len(v.seen) >= seenMax {
			return fmt.Errorf("%d messages came within the window: no more are let through", seenMax)
		}
	}
	if v.seen == nil {
		v.seen = map[string]int64{}
	}
	v.seen[message] = at
	return nil
}
