package execute

import (
	"errors"
	"net/url"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// passwordWord is a password in a connection string of words.
var passwordWord = regexp.MustCompile(`(^|\s)password\s*=\s*('(?:[^'\\]|\\.)*'|\S*)`)

// settings are words of a connection string.
type settings []struct{ name, value string }

// patience has PostgreSQL's programs give a server up that says nothing for a minute, which is what
// servers grant whoever follows them. By themselves they wait for two hours once a machine is gone
// without a word, and the copy would be down as long.
var patience = settings{
	{"keepalives_idle", "10"}, {"keepalives_interval", "10"}, {"keepalives_count", "5"},
	{"tcp_user_timeout", "60000"},
}

// followPatience is shorter: whoever follows connects again at once, and a kernel that goes on with
// a connection which was silent sends nothing for up to two minutes. The receiver's own limits do
// not hold while it connects.
const followPatience = "tcp_user_timeout=10000"

// follows is what primary_conninfo says in those who follow a server: what is configured, which may
// name another patience.
func (s *Server) follows() string {
	switch {
	case s.Follow == "" || strings.Contains(s.Follow, "tcp_user_timeout"):
		return s.Follow
	case !isURL(s.Follow):
		return followPatience + " " + s.Follow
	case strings.Contains(s.Follow, "?"):
		return s.Follow + "&" + followPatience
	}
	return s.Follow + "?" + followPatience
}

func isURL(text string) bool {
	return strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://")
}

func (all settings) words() string {
	var b strings.Builder
	for _, s := range all {
		b.WriteString(s.name + "=" + s.value + " ")
	}
	return b.String()
}

// bare is a connection string for PostgreSQL's programs, without its password, and the password,
// which whoever lists processes must not see.
func bare(text string) (plain, password string, err error) {
	config, err := pgconn.ParseConfig(text)
	if err != nil {
		return "", "", errors.New("the connection string is none")
	}
	if !isURL(text) {
		words := strings.TrimSpace(passwordWord.ReplaceAllString(text, "$1"))
		return patience.words() + words, config.Password, nil
	}
	parsed, err := url.Parse(text)
	if err != nil {
		return "", "", errors.New("the connection string is none")
	}
	if parsed.User != nil {
		parsed.User = url.User(parsed.User.Username())
	}
	query := parsed.Query()
	query.Del("password")
	for _, s := range patience {
		query.Set(s.name, s.value)
	}
	parsed.RawQuery = query.Encode()
	return parsed.String(), config.Password, nil
}
