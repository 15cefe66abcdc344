package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"redoubt/api"
	"redoubt/scenarios"
	"redoubt/tui/feed"
)

// The environment in which the agent to ask, and the token to ask with, can be named.
const (
	addressVariable   = "REDOUBT_ADDRESS"
	tokenFileVariable = "REDOUBT_TOKEN_FILE"
	defaultAddress    = "127.0.0.1:7402"
)

// How long an answer is waited for unless somebody says. An agent gives an order up before that.
const (
	questionWait = 10 * time.Second
	orderWait    = 40 * time.Second
)

// connection is how an agent is asked.
type connection struct {
	address, tokenFile, authority, certificate, key string
	// wait is how long an answer is waited for; 0 is what there is by default.
	wait time.Duration
}

// addConnection defines the flags that say which agent is asked, and as whom.
func addConnection(cmd *cobra.Command) *connection {
	c := addAsker(cmd)
	flags := cmd.Flags()
	flags.StringVar(&c.address, "address", "", "the agent's API (default: $"+addressVariable+" or "+
		defaultAddress+")")
	flags.DurationVar(&c.wait, "timeout", 0, "how long to wait for an answer (default: "+
		questionWait.String()+", and "+orderWait.String()+" for that to an order)")
	return c
}

// addAsker defines the flags that say as whom an agent is asked.
func addAsker(cmd *cobra.Command) *connection {
	c := &connection{}
	flags := cmd.Flags()
	flags.StringVar(&c.tokenFile, "token-file", "", "file with the token to ask with (default: $"+
		tokenFileVariable+")")
	flags.StringVar(&c.authority, "ca", "", "certificates that the agent's is held against")
	flags.StringVar(&c.certificate, "cert", "", "your own certificate, in place of a token")
	flags.StringVar(&c.key, "key", "", "the key of that certificate")
	return c
}

// words are the flags that say as whom an agent is asked, as far as they were given. A token is in
// none of them, only the file that has it.
func (c *connection) words() (words []string) {
	for _, flag := range [][2]string{
		{"--token-file", c.tokenFile}, {"--ca", c.authority}, {"--cert", c.certificate},
		{"--key", c.key},
	} {
		if flag[1] != "" {
			words = append(words, flag[:]...)
		}
	}
	return words
}

// feed is what the agents at some addresses say.
func (c *connection) feed(addresses []string) (*feed.Feed, error) {
	var sources []feed.Source
	for _, address := range addresses {
		one := *c
		one.address = address
		client, err := one.client()
		if err != nil {
			return nil, err
		}
		sources = append(sources, feed.Source{Address: address, Client: client})
	}
	return feed.New(sources...), nil
}

// within asks something that is answered within a time, unless --timeout says another.
func (c *connection) within(
	ctx context.Context, wait time.Duration, ask func(context.Context) error,
) error {
	if c.wait > 0 {
		wait = c.wait
	}
	asking, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	err := ask(asking)
	if err != nil && errors.Is(asking.Err(), context.DeadlineExceeded) {
		return &hinted{error: err, hint: fmt.Sprintf("nothing came within %s: ask another agent with "+
			"--address, or wait longer with --timeout", wait)}
	}
	return c.explained(err)
}

// explained is an error with what helps against it.
func (c *connection) explained(err error) error {
	var answer *api.AnswerError
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, api.ErrNoAnswer):
		return &hinted{error: err, hint: "ask another agent with --address, and look whether this one " +
			"runs: its log says why not"}
	case !errors.As(err, &answer):
		return err
	case answer.Status == http.StatusUnauthorized && c.tokenFile == "" && c.certificate != "":
		return &hinted{error: err, hint: "the certificate is " + c.certificate + ": the agent's " +
			"api_authority has to have signed it, for the unit viewer or operator"}
	case answer.Status == http.StatusUnauthorized:
		return &hinted{error: err, hint: "the token is that of " + c.token() + ": whom the agent knows " +
			"stands in its file of tokens, and redoubt keys token adds somebody"}
	case answer.Status == http.StatusBadRequest, answer.Status == http.StatusUnprocessableEntity:
		return &misuse{problem: err}
	}
	return err
}

// secretMax bounds a file with a token or certificates in bytes: those of all public authorities
// take a sixteenth of it.
const secretMax = 4 << 20

// token is the file with the token.
func (c *connection) token() string { return firstOf(c.tokenFile, os.Getenv(tokenFileVariable)) }

// client makes the client that the flags and the environment ask for.
func (c *connection) client() (*api.Client, error) {
	address := firstOf(c.address, os.Getenv(addressVariable), defaultAddress)
	secret := ""
	if file := c.token(); file != "" {
		text, err := scenarios.ReadFile(file, secretMax)
		if err != nil {
			return nil, fmt.Errorf("read the token: %w", err)
		}
		secret = strings.TrimSpace(string(text))
	}
	if secret == "" && c.certificate == "" {
		return nil, misused("give --token-file, set "+tokenFileVariable+", or give --cert and --key",
			"an agent is asked with a token or a certificate")
	}
	settings, err := c.settings()
	if err != nil {
		return nil, err
	}
	transport, _ := http.DefaultTransport.(*http.Transport)
	transport = transport.Clone()
	transport.TLSClientConfig, transport.Proxy = settings, nil
	transport.IdleConnTimeout = time.Second // A command's requests follow each other at once.
	client, err := api.NewClient(address, secret, &http.Client{Transport: transport})
	if err != nil {
		return nil, &misuse{problem: err}
	}
	return client, nil
}

// settings are those of TLS.
func (c *connection) settings() (*tls.Config, error) {
	settings := &tls.Config{MinVersion: tls.VersionTLS13}
	if c.authority != "" {
		text, err := scenarios.ReadFile(c.authority, secretMax)
		if err != nil {
			return nil, fmt.Errorf("read the certificates of --ca: %w", err)
		}
		if settings.RootCAs = x509.NewCertPool(); !settings.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s has no certificate", c.authority)
		}
	}
	if (c.certificate == "") != (c.key == "") {
		return nil, misused("", "--cert and --key go together")
	}
	if c.certificate != "" {
		pair, err := tls.LoadX509KeyPair(c.certificate, c.key)
		if err != nil {
			return nil, fmt.Errorf("read your certificate: %w", err)
		}
		settings.Certificates = []tls.Certificate{pair}
	}
	return settings, nil
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// asking makes a command that asks an agent one thing, and shows the answer.
func asking(
	use, short, long string, ask func(ctx context.Context, client *api.Client) (result, error),
) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long, Args: noArguments}
	connected, output := addConnection(cmd), addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		client, err := connected.client()
		if err != nil {
			return err
		}
		var answer result
		err = connected.within(cmd.Context(), questionWait, func(ctx context.Context) (err error) {
			answer, err = ask(ctx, client)
			return err
		})
		if err != nil {
			return err
		}
		return writeResult(cmd.OutOrStdout(), output.value, answer)
	}
	return cmd
}
