package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"redoubt/model"
)

const (
	// messageMax bounds what is read of one message of a server: nothing that is asked for is long.
	messageMax = 64 << 10
	// cancelGrace is for how long a server is still told, once a probe is over, to stop what it was
	// asked. What hangs gets no longer than that, so that nothing piles up.
	cancelGrace = time.Second
)

// database is a PostgreSQL server, asked over a connection of its own each time.
type database struct{ config *pgconn.Config }

// newDatabase reads a connection string. No error repeats any of it.
func newDatabase(text string, roots *x509.CertPool) (*database, error) {
	config, err := pgconn.ParseConfig(text)
	if err != nil {
		return nil, errors.New("is no connection string that can be read")
	}
	config.MaxProtocolMessageBodyLen = messageMax
	config.RuntimeParams["application_name"] = "redoubt"
	verified := len(config.Fallbacks) == 0 && trusts(config.TLSConfig, roots)
	for _, other := range config.Fallbacks {
		_ = trusts(other.TLSConfig, roots) // Which of them answers is not known before.
	}
	if config.RequireAuth == "" && !verified {
		config.RequireAuth = "!password" // Nobody unknown is sent a password as it is.
	}
	return &database{config}, nil
}

// trusts has a connection trust the authorities that are given, where it names none, and reports
// whether it verifies whom it talks to.
func trusts(c *tls.Config, roots *x509.CertPool) bool {
	if c == nil {
		return false
	}
	if c.RootCAs == nil {
		c.RootCAs = roots
	}
	return !c.InsecureSkipVerify || c.VerifyPeerCertificate != nil || c.VerifyConnection != nil
}

// with connects, has the connection used, and closes it.
func (d *database) with(ctx context.Context, use func(*pgconn.PgConn) error) error {
	made, config := &calls{}, d.config.Copy()
	config.DialFunc = made.dial
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err == nil {
		err = use(conn)
	}
	if conn != nil && !conn.IsClosed() {
		closing, end := context.WithTimeout(context.WithoutCancel(ctx), cancelGrace)
		defer end()
		_ = conn.Close(closing) // What was learnt was learnt.
	}
	if err == nil {
		made.end()
	} else {
		time.AfterFunc(cancelGrace, made.end)
	}
	return err
}

// row asks one statement and returns its first row, as text, or nil where there is none. Further
// rows are not read.
func row(ctx context.Context, conn *pgconn.PgConn, statement string, values ...string) (
	[]string, error,
) {
	var given [][]byte
	for _, value := range values {
		given = append(given, []byte(value))
	}
	result := conn.ExecParams(ctx, statement, given, nil, nil, nil)
	if !result.NextRow() {
		_, err := result.Close()
		return nil, err
	}
	found := []string{}
	for _, value := range result.Values() {
		found = append(found, string(value))
	}
	if result.NextRow() {
		return found, nil // The connection is closed with the rest of them unread.
	}
	_, err := result.Close()
	return found, err
}

// databaseProbe asks a server what it is, and perhaps something else.
type databaseProbe struct {
	*database
	role   model.ServerRole
	query  string
	answer string
}

// roleQuery is whether a server recovers, or else takes no writes.
const roleQuery = "select pg_is_in_recovery(), current_setting('transaction_read_only')"

// errUnwanted is what a server answers that it should not.
type errUnwanted string

func (e errUnwanted) Error() string { return string(e) }

func (p *databaseProbe) Probe(ctx context.Context) Result {
	began := time.Now()
	err := p.with(ctx, func(conn *pgconn.PgConn) error { return p.look(ctx, conn) })
	var unwanted errUnwanted
	var answered *pgconn.PgError
	switch {
	case err == nil:
		return good()
	case errors.As(err, &unwanted):
		return bad("%s", unwanted)
	case ctx.Err() == nil && errors.As(err, &answered) && strings.HasPrefix(answered.Code, "28"):
		// The server answers, and refuses this agent. A password that has run out is no outage.
		return untold("the server refuses who asks, with SQLSTATE %s", code(answered.Code))
	}
	return judge(ctx, began, err)
}

func (p *databaseProbe) look(ctx context.Context, conn *pgconn.PgConn) error {
	if p.role != model.AnyServer || p.query == "" {
		found, err := row(ctx, conn, roleQuery)
		switch {
		case err != nil:
			return err
		case len(found) != 2:
			return errUnwanted("it does not say whether it recovers")
		case p.role == model.PrimaryServer && found[0] != "f":
			return errUnwanted("it is a replica, not the primary")
		case p.role == model.PrimaryServer && found[1] != "off":
			return errUnwanted("it takes no writes")
		case p.role == model.ReplicaServer && found[0] != "t":
			return errUnwanted("it is a primary, not a replica")
		}
	}
	if p.query == "" {
		return nil
	}
	found, err := row(ctx, conn, p.query)
	switch {
	case err != nil:
		return err
	case p.answer == "":
		return nil
	case len(found) == 0:
		return errUnwanted("the query answers no row")
	case found[0] != p.answer:
		return errUnwanted("the query answers another value than it should")
	}
	return nil
}
