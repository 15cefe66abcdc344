package daemon

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"redoubt/scenarios"
)

// listeners are what an agent listens on, but for gossip, which opens its own.
type listeners struct {
	peers, api, names net.Listener
	// queries is names over UDP.
	queries net.PacketConn
}

// open opens them all, or none. DNS is opened on one port over UDP and TCP.
func (l *listeners) open(at *scenarios.Listen) (err error) {
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	if l.peers, err = net.Listen("tcp", at.Peers); err != nil {
		return fmt.Errorf("listen for the other agents: %w", err)
	}
	if l.api, err = net.Listen("tcp", at.API); err != nil {
		return fmt.Errorf("listen for people: %w", err)
	}
	if at.DNS == "" {
		return nil
	}
	if l.names, err = net.Listen("tcp", at.DNS); err != nil {
		return fmt.Errorf("listen for DNS: %w", err)
	}
	if l.queries, err = net.ListenPacket("udp", l.names.Addr().String()); err != nil {
		return fmt.Errorf("listen for DNS: %w", err)
	}
	return nil
}

// close closes what is open.
func (l *listeners) close() {
	for _, each := range []net.Listener{l.peers, l.api, l.names} {
		if each != nil {
			_ = each.Close()
		}
	}
	if l.queries != nil {
		_ = l.queries.Close()
	}
}

// apiTLS is what the API speaks; nil is plain HTTP, which the reader of the agent's file allows on
// loopback alone.
func apiTLS(files *scenarios.Identity) (*tls.Config, error) {
	if files.APICertificate == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(files.APICertificate, files.APIKey)
	if err != nil {
		return nil, fmt.Errorf("read the certificate of the API: %w", err)
	}
	settings := &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair},
		SessionTicketsDisabled: true, // Who comes again shows the certificate again.
	}
	if files.APIAuthority == "" {
		return settings, nil
	}
	text, err := os.ReadFile(files.APIAuthority)
	if err != nil {
		return nil, fmt.Errorf("read whose certificates count for the API: %w", err)
	}
	if settings.ClientCAs = x509.NewCertPool(); !settings.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s has no certificate", files.APIAuthority)
	}
	settings.ClientAuth = tls.VerifyClientCertIfGiven
	return settings, nil
}

// readGossipKeys reads the keys of gossip, one in each line, in base64.
func readGossipKeys(path string) (keys [][]byte, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the keys of gossip: %w", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for number := 1; lines.Scan(); number++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		key, problem := base64.StdEncoding.DecodeString(text)
		if problem != nil || len(key) != 16 && len(key) != 24 && len(key) != 32 {
			err = errors.Join(err, fmt.Errorf("%s:%d: a key is 16, 24 or 32 bytes in base64", path, number))
			continue
		}
		keys = append(keys, key)
	}
	if err = errors.Join(err, lines.Err()); err == nil && len(keys) == 0 {
		err = fmt.Errorf("%s has no key", path)
	}
	return keys, err
}
