package probe

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"redoubt/model"
)

// What an HTTP probe reads at most.
const (
	bodyMax      = 64 << 10
	headerMax    = 64 << 10
	redirectsMax = 5
)

// httpProbe fetches a page, over a connection of its own.
type httpProbe struct {
	transport *http.Transport
	redirect  func(*http.Request, []*http.Request) error
	url       *url.URL
	status    int
	body      []byte
}

var errRedirect = errors.New("a redirect that is not followed")

func newHTTPProbe(p *model.Probe, address string, roots *x509.CertPool) (Prober, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return nil, errors.New("is no URL of http or https") // The error of url.Parse repeats it.
	}
	transport := &http.Transport{
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: headerMax,
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}
	if p.Proxy {
		transport.Proxy = http.ProxyFromEnvironment
	}
	made := &httpProbe{
		transport: transport, redirect: stay, url: parsed, status: p.Status, body: []byte(p.Body),
	}
	if p.Redirects {
		made.redirect = follow
	}
	return made, nil
}

// stay takes a redirect for the answer.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// follow goes where a redirect leads while that is the same host, and no less protected: else whom
// the agent looks at would say where the agent connects to.
func follow(next *http.Request, before []*http.Request) error {
	first := before[0].URL
	switch {
	case len(before) > redirectsMax, next.URL.Hostname() != first.Hostname():
		return errRedirect
	case next.URL.Scheme != first.Scheme && next.URL.Scheme != "https":
		return errRedirect
	case next.URL.Port() != first.Port() && next.URL.Scheme == first.Scheme:
		return errRedirect
	}
	return nil
}

func (p *httpProbe) Probe(ctx context.Context) Result {
	began := time.Now()
	request := &http.Request{
		Method: http.MethodGet, URL: p.url, Header: http.Header{"User-Agent": {"redoubt"}},
	}
	// A transport goes on connecting when nobody waits any more: here that is over with the probe.
	made, transport := &calls{}, p.transport.Clone()
	defer made.end()
	transport.DialContext = func(_ context.Context, network, address string) (net.Conn, error) {
		return made.dial(ctx, network, address)
	}
	client := http.Client{Transport: transport, CheckRedirect: p.redirect}
	response, err := client.Do(request.WithContext(ctx))
	if err != nil {
		return p.judge(ctx, began, err)
	}
	defer response.Body.Close()
	if response.StatusCode != p.status {
		return bad("the status is %d, not %d", response.StatusCode, p.status)
	}
	if len(p.body) == 0 {
		return good()
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, bodyMax))
	switch {
	case bytes.Contains(body, p.body):
		return good()
	case err != nil:
		return p.judge(ctx, began, err)
	}
	seen := fmt.Sprintf("its %d bytes", len(body))
	if len(body) == bodyMax {
		seen = fmt.Sprintf("its first %d bytes", bodyMax)
	}
	return bad("the body lacks what must stand in it, in %s", seen)
}

func (p *httpProbe) judge(ctx context.Context, began time.Time, err error) Result {
	if errors.Is(err, errRedirect) {
		return bad("it redirects to elsewhere, or too often")
	}
	return judge(ctx, began, err)
}
