package execute

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// FuzzVerifier has strangers send whatever they like: nothing is let through, and nothing panics.
func FuzzVerifier(f *testing.F) {
	f.Add("5.3-do", "1700000000", "v1,AAAA v1, v2,x", []byte("{}"))
	f.Add("", "-1", strings.Repeat("v1, ", 100), []byte(nil))
	f.Add("a.b", "9223372036854775807", "v1,"+strings.Repeat("A", 44), []byte("."))
	f.Fuzz(func(t *testing.T, id, stamp, signature string, body []byte) {
		v := &Verifier{
			Secrets: []Secret{key(t, "a")}, Now: func() time.Time { return time.Unix(1_700_000_000, 0) },
		}
		header := http.Header{headerID: {id}, headerTime: {stamp}, headerSignature: {signature}}
		if v.Verify(header, body) == nil {
			t.Error("what nobody with the key has signed was let through")
		}
	})
}

// FuzzWords has programs and servers say whatever they like: it is read, or refused.
func FuzzWords(f *testing.F) {
	for _, line := range records {
		f.Add(line)
	}
	f.Add("1\t0/3000148\tx\n2\tFFFFFFFF/FFFFFFFF\n")
	f.Add("Latest checkpoint's TimeLineID: 99999999999999999999\n")
	f.Add("\x1b]0;title\a\u2028")
	f.Fuzz(func(t *testing.T, text string) {
		counts := &tally{}
		_ = counts.read(strings.NewReader(text))
		if counts.Rows > 0 && counts.Transactions == 0 {
			t.Errorf("%q: rows of nobody: %+v", text, counts.surplus)
		}
		ours, err := parseHistory(text, 7)
		if err == nil && len(ours) == 0 {
			t.Errorf("%q is a history of nothing", text)
		}
		if err == nil {
			_, _, _ = parted(ours, []branch{{1, 0, endless}})
		}
		_, _ = parseControl(text)
		if at, err := parseLSN(text); err == nil {
			if again, err := parseLSN(at.String()); err != nil || again != at {
				t.Errorf("%q: got %v and %v", text, again, err)
			}
		}
		if plain := printable(text); strings.ContainsAny(plain, "\x1b\n\u2028") {
			t.Errorf("%q prints as %q", text, plain)
		}
	})
}
