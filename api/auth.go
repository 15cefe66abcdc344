package api

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Role is what somebody may do.
type Role uint8

// The roles. Who may operate may also look.
const (
	Nobody Role = iota
	Viewer
	Operator
)

var roleNames = [...]string{"nobody", "viewer", "operator"}

// String gives the role's name.
func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return "unknown"
}

// Person is who asks.
type Person struct {
	Name string
	Role Role
}

// Tokens are who may ask with which token. Only the SHA-256 of a token is kept: who reads the file
// cannot ask.
type Tokens []token

type token struct {
	person Person
	sum    [sha256.Size]byte
}

// NewToken makes a token and the line of a file of tokens that lets somebody ask with it.
func NewToken(person Person) (secret, line string) {
	var bytes [24]byte
	_, _ = rand.Read(bytes[:]) // It never fails, and says so.
	secret = "rdt_" + hex.EncodeToString(bytes[:])
	sum := sha256.Sum256([]byte(secret))
	return secret, fmt.Sprintf("%s %s %s\n", person.Name, person.Role, hex.EncodeToString(sum[:]))
}

// ReadTokens reads a file of tokens: in each line a name, a role, and the SHA-256 of a token in
// hexadecimal digits. What follows a # is left out. The error names every line that is wrong.
func ReadTokens(file string, data []byte) (Tokens, error) {
	var tokens Tokens
	var wrong OrderError
	lines := bufio.NewScanner(bytes.NewReader(data))
	for number := 1; lines.Scan(); number++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		made, problem := tokenOf(words)
		if problem == "" && slices.ContainsFunc(tokens, func(t token) bool { return t.sum == made.sum }) {
			problem = "the same token is there already"
		}
		if problem != "" {
			wrong = append(wrong, fmt.Sprintf("%s:%d: %s", file, number, problem))
			continue
		}
		tokens = append(tokens, made)
	}
	if err := lines.Err(); err != nil {
		wrong = append(wrong, fmt.Sprintf("%s: %v", file, err))
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return tokens, nil
}

// tokenOf reads a line.
func tokenOf(words []string) (made token, problem string) {
	const fields = 3
	if len(words) != fields {
		return made, "a line has a name, a role and the SHA-256 of a token"
	}
	made.person.Name = words[0]
	role := slices.Index(roleNames[:], words[1])
	if made.person.Role = Role(max(role, 0)); made.person.Role == Nobody {
		return made, fmt.Sprintf("%q is no role: viewer or operator", clip(words[1]))
	}
	n, err := hex.Decode(made.sum[:], []byte(words[2]))
	if len(words[2]) != hex.EncodedLen(sha256.Size) || err != nil || n != sha256.Size {
		return made, "the SHA-256 of a token has 64 hexadecimal digits"
	}
	return made, ""
}

// find returns whose a token is. It takes as long for a wrong one as for a right one.
func (t Tokens) find(secret string) (found Person) {
	sum := sha256.Sum256([]byte(secret))
	for i := range t {
		if subtle.ConstantTimeCompare(sum[:], t[i].sum[:]) == 1 {
			found = t[i].person
		}
	}
	return found
}

// asks is who sends a request: by a certificate that the server has verified, whose organisational
// units name the role, or else by a token.
func (t Tokens) asks(r *http.Request) Person {
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		subject := r.TLS.VerifiedChains[0][0].Subject
		person := Person{Name: subject.CommonName}
		for _, unit := range subject.OrganizationalUnit {
			if role := slices.Index(roleNames[:], unit); role > int(person.Role) {
				person.Role = Role(role)
			}
		}
		if person.Role != Nobody && person.Name != "" {
			return person
		}
	}
	secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return Person{}
	}
	return t.find(secret)
}
