package probe

import (
	"context"
	"time"

	"redoubt/model"
)

// Make makes one probe of a region.
func Make(p model.Probe, c Config, region model.RegionID) (Prober, error) {
	m := maker{c.Scenario, c.Addresses, c.Roots, c.Environment}
	return m.make(&p, region)
}

// UsesProxy reports whether an HTTP probe asks the environment for a proxy. The environment itself
// is read once for a process, so that no test can change it.
func UsesProxy(p model.Probe) (bool, error) {
	made, err := newHTTPProbe(&p, "http://127.0.0.1:1/", nil)
	if err != nil {
		return false, err
	}
	return made.(*httpProbe).transport.Proxy != nil, nil
}

// Judge says what an error tells.
func Judge(ctx context.Context, err error) Result { return judge(ctx, time.Now(), err) }

// Timed is a context for one look that may take this long.
func Timed(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	return timed(ctx, timeout)
}
