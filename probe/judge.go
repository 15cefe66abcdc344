package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// local are the errors of a machine that cannot send, which say nothing of whom it would have sent
// to. EHOSTUNREACH is none of them: a filter at the other end answers with it too.
var local = []syscall.Errno{
	syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EAGAIN,
	syscall.EADDRNOTAVAIL, syscall.ENETDOWN, syscall.ENETUNREACH, syscall.EPERM, syscall.EACCES,
	syscall.EAFNOSUPPORT, syscall.EINVAL, syscall.ENODEV,
}

// judge says what an error of a connection, or of what goes over it, tells about the other side.
// The probe began at a time, and its context is that of the probe. Of several ways that were tried
// the one counts that tells most: a host may have an address for which there is no route here.
func judge(ctx context.Context, began time.Time, err error) Result {
	if errors.Is(ctx.Err(), context.Canceled) {
		return untold("the probe was called off")
	}
	ways := branches(err)
	result := judgeOne(ctx, began, ways[0])
	for _, way := range ways[1:] {
		other := judgeOne(ctx, began, way)
		if result.Answer == Untold || result.Silent && other.Answer == Bad && !other.Silent {
			result = other
		}
	}
	return result
}

// branches are the errors that one joins, or itself.
func branches(err error) (all []error) {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		if joined, ok := inner.(interface{ Unwrap() []error }); ok {
			for _, branch := range joined.Unwrap() {
				all = append(all, branches(branch)...)
			}
			return all
		}
	}
	return []error{err}
}

// judgeOne judges one way that was tried.
func judgeOne(ctx context.Context, began time.Time, err error) Result {
	for _, number := range local {
		if errors.Is(err, number) {
			return untold("it never left this machine: %s", number)
		}
	}
	var name *net.DNSError
	if errors.As(err, &name) {
		if name.IsNotFound {
			return bad("its name does not exist")
		}
		return untold("the resolver here does not answer for its name")
	}
	var slow net.Error
	if ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &slow) && slow.Timeout() {
		return late(ctx, began)
	}
	if errors.Is(err, syscall.EHOSTUNREACH) {
		return silent("%s", syscall.EHOSTUNREACH)
	}
	return bad("%s", cause(err))
}

// cause says what is wrong in words of the standard library or of this package alone. What stands
// around them names addresses, and what a server wrote is not repeated.
func cause(err error) string {
	var number syscall.Errno
	var answered *pgconn.PgError
	var certificate *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &answered):
		return "the server answers with SQLSTATE " + code(answered.Code)
	case errors.As(err, &unknown):
		return "its certificate is of an authority that nobody trusts here"
	case errors.As(err, &name):
		return "its certificate is of another name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired, or is not valid yet"
	case errors.As(err, &certificate), errors.As(err, &invalid):
		return "its certificate is not valid"
	case errors.As(err, &plain):
		return "it does not speak TLS"
	case errors.As(err, &number):
		return number.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it closed the connection"
	}
	return "it does not answer as it should"
}

// code is an SQLSTATE, or nothing where a server sends something else as one.
func code(text string) string {
	const length = 5
	for _, letter := range text {
		if !strings.ContainsRune("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", letter) {
			return "none"
		}
	}
	if len(text) != length {
		return "none"
	}
	return text
}
