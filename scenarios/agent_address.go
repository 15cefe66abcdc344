package scenarios

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
)

// hostPort says what is wrong with an address of a host and a port, or nothing. An address to
// listen on may have port 0, which is any that is free.
func hostPort(address string, listen bool) string {
	host, port, err := net.SplitHostPort(address)
	const most = 1<<16 - 1
	number, parsed := strconv.Atoi(port)
	switch {
	case err != nil || parsed != nil || number < 0 || number > most:
		return "is no host and port"
	case host == "":
		return "names no host"
	case listen && host != "localhost" && !isAddress(host):
		return "listens on an IP address of this machine, and " + quote(host) + " is none"
	case !listen && number == 0:
		return "has port 0, on which nobody is reached"
	}
	return ""
}

// onLoopback reports whether an address is of this machine alone.
func onLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// private says what is wrong with a URL that secrets are sent to, or nothing.
func private(text string) string {
	at, err := url.Parse(text)
	switch {
	case err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http":
		return "is no URL"
	case at.Scheme == "http" && !onLoopback(net.JoinHostPort(at.Hostname(), "80")):
		return "is read by whoever is on the way"
	}
	return ""
}
