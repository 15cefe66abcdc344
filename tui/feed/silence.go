package feed

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"redoubt/api"
)

// Silence is why no agent has answered.
type Silence []Problem

// Problem is why one has not.
type Problem struct {
	Address string
	Err     error
}

// Error names each agent with what was wrong with it.
func (s Silence) Error() string {
	var all []string
	for _, p := range s {
		all = append(all, p.Address+": "+cause(p.Err))
	}
	return strings.Join(all, "; ")
}

// cause is what is wrong without the request and the addresses, which say it in their own words
// and more than once.
func cause(err error) string {
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err
	}
	var network *net.OpError
	if errors.As(err, &network) {
		err = network.Err
	}
	var system *os.SyscallError
	if errors.As(err, &system) {
		err = system.Err
	}
	return err.Error()
}

// refused reports whether some agents were reached, and all of those know nobody by a token or a
// certificate that they were asked with.
func refused(err error) bool {
	var silent Silence
	if !errors.As(err, &silent) {
		return false
	}
	found := false
	for _, p := range silent {
		var told *api.AnswerError
		if !errors.As(p.Err, &told) {
			continue
		}
		if told.Status != http.StatusUnauthorized && told.Status != http.StatusForbidden {
			return false
		}
		found = true
	}
	return found
}
