package failover

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"time"

	"redoubt/model"
)

// Digest identifies a policy, or a state, by its content: two that differ in any field have
// different digests, on every machine and in every release.
type Digest [sha256.Size]byte

// String gives the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Short gives the first twelve digits, which are enough to tell policies apart in a sentence.
func (d Digest) Short() string { return d.String()[:12] }

// policyEncoding and stateEncoding number the encodings of this release. A field that is added,
// removed or read otherwise after a release needs a new number, under which the old encoding is
// still read and, for a policy that it can express, still written: the digests in old logs must
// stay those of their policies. A bound of package model that sizes an array counts as such a
// field. What only traffic that shifts in stages brings about is written in the next number of each
// already, see codec.edition.
const (
	policyEncoding = 1
	stateEncoding  = 1
)

// spanMax bounds the durations of a policy, some 2.2 years: an instant and 32 half-lives, which is
// how long a flap is remembered, are then no more than an Instant can hold.
const spanMax time.Duration = 1 << 56

// policyRoom is enough for an encoded policy.
const policyRoom = 512

// AppendPolicy appends p in a fixed little-endian encoding, the one that logs keep and that
// digests are made of.
func AppendPolicy(b []byte, p *Policy) []byte {
	written := *p
	c := codec{bytes: b}
	written.code(&c)
	return c.bytes
}

// DecodePolicy reads what AppendPolicy wrote, from all of b. It is an error when b is of another
// version, of another length, or holds a policy that Validate refuses.
func DecodePolicy(b []byte) (Policy, error) {
	var p Policy
	c := codec{bytes: b, reading: true}
	p.code(&c)
	if len(c.bytes) > 0 {
		c.fail(tooLong)
	}
	if c.wrong != "" {
		return Policy{}, fmt.Errorf("this is no policy of encoding %d: %s", policyEncoding, c.wrong)
	}
	return p, p.Validate()
}

// Digest identifies the policy: it is the SHA-256 of what AppendPolicy writes.
func (p *Policy) Digest() Digest {
	return sha256.Sum256(AppendPolicy(make([]byte, 0, policyRoom), p))
}

// faults collects what is wrong with a policy.
type faults []error

func (f *faults) must(holds bool, format string, values ...any) {
	if !holds {
		*f = append(*f, fmt.Errorf("policy: "+format, values...))
	}
}

// Validate says, all at once, what nobody can have meant with a policy: a number that the arrays of
// a State have no room for, a duration that is negative or longer than 2 years, a home without a
// workload, or a zero that would have a region be down when everybody says that it is up, or keep
// anybody from ever saying so. A hold-down of 0 is taken: who sets it may want none. A policy that
// NewPolicy compiled from a valid scenario has nothing of that; one that was read from elsewhere
// may.
func (p *Policy) Validate() error {
	var wrong faults
	must := wrong.must
	must(p.Home.Valid() && p.Workload.Has(p.Home), "home must run the workload, is region %d", p.Home)
	must(p.Workload&^p.Voters == 0 && p.Candidates&^p.Workload == 0,
		"candidates must run the workload and whoever runs it must vote, are %08b, %08b and %08b",
		p.Candidates, p.Workload, p.Voters)
	must(p.Stores <= model.MaxStores, "stores must be %d at most, are %d", model.MaxStores, p.Stores)
	must(p.Checks <= model.MaxChecks, "checks must be %d at most, are %d", model.MaxChecks, p.Checks)
	must(p.BrakeAfter <= model.MaxBrakeAfter, "brake_after must be %d at most, is %d",
		model.MaxBrakeAfter, p.BrakeAfter)
	must(p.Mode >= model.Automatic && p.Mode <= model.Advise, "mode must be one of 1 to 3, is %d",
		p.Mode)
	must(p.Approvals >= 1 && p.Approvals <= model.MaxApprovals, "approvals must be 1 to %d, are %d",
		model.MaxApprovals, p.Approvals)
	must(!p.MultiWriter || p.Stores == 0, "stores must be 0 where every region writes, are %d",
		p.Stores)
	for _, span := range p.spans() {
		must(*span.value >= 0 && *span.value <= spanMax, "%s must be 0s to %s, is %s", span.name,
			spanMax, *span.value)
	}
	p.validateEvidence(&wrong)
	p.validateStages(&wrong)
	return errors.Join(wrong...)
}

// validateEvidence says which of the numbers that evidence, leases and steps are judged by decide
// nothing, or everything.
func (p *Policy) validateEvidence(wrong *faults) {
	must := wrong.must
	whole, _ := p.checksOf(0)
	most := bits.OnesCount8(whole)
	must(p.ChecksDown >= 1 && int(p.ChecksDown) <= most,
		"checks_down must be 1 to the %d checks that are about a region as a whole, is %d", most,
		p.ChecksDown)
	must(p.StaleAfter > 0, "stale_after must be more than 0s, or no report ever counts")
	must(p.StepTries > 0, "step_tries must be 1 at least, is 0")
	must(p.StepTimeout > 0, "step_timeout must be more than 0s, or every step is late")
	kept := p.Guarded & (1<<min(p.Stores, model.MaxStores) - 1)
	must(kept == 0 || p.Lease > 0,
		"lease must be more than 0s where a guard keeps a store: it could never be opened")
	must(p.BrakeAfter == 0 || p.BrakeWindow > 0,
		"brake_window must be more than 0s where %d transitions trip the brake", p.BrakeAfter)
	must(p.FlapLimit == 0 || p.FlapHalfLife > 0,
		"flap_half_life must be more than 0s where %d returns make a region unsteady", p.FlapLimit)
	must(p.Items == 0 || p.ReadinessStaleAfter > 0,
		"readiness_stale_after must be more than 0s where something has to be ready")
}

// validateStages says what is wrong with the stages in which traffic shifts.
func (p *Policy) validateStages(wrong *faults) {
	count, last := p.stages(), uint8(0)
	for i, share := range p.Stages {
		rises := i >= count && share == 0 || i < count && share > last && share < all
		wrong.must(rises, "stages must rise from 1 to 99 percent, and no 0 stand between them, are %d",
			p.Stages)
		if last = share; !rises {
			break
		}
	}
	wrong.must(p.StageHold >= 0 && p.StageHold <= spanMax && (p.StageHold > 0) == (count > 0),
		"stage_hold must be more than 0s, %s at most, where there are stages, and 0s elsewhere, is %s",
		spanMax, p.StageHold)
}

// code moves every field.
func (p *Policy) code(c *codec) {
	has := original
	if p.staged() {
		has = withStages
	}
	written := c.edition(policyEncoding, has, withStages)
	octet(c, &p.Voters)
	octet(c, &p.Workload)
	octet(c, &p.Candidates)
	for i := range p.Unlawful {
		octet(c, &p.Unlawful[i])
	}
	octet(c, &p.Home)
	octet(c, &p.Stores)
	octet(c, &p.Guarded)
	c.flag(&p.ServesReads)
	c.flag(&p.MultiWriter)
	c.flag(&p.Restores)
	octet(c, &p.Mode)
	octet(c, &p.Approvals)
	octet(c, &p.Checks)
	octet(c, &p.ChecksDown)
	octet(c, &p.Deep)
	for i := range p.StoreChecks {
		octet(c, &p.StoreChecks[i])
	}
	octet(c, &p.RoutingChecks)
	octet(c, &p.Items)
	octet(c, &p.MinimumServing)
	octet(c, &p.StepTries)
	optional := uint16(p.Optional) // No step above has a place in it.
	short(c, &optional)
	p.Optional = StepSet(optional)
	octet(c, &p.FlapLimit)
	octet(c, &p.BrakeAfter)
	octet(c, &p.BrakeRegions)
	short(c, &p.CapacityMin)
	for i := range p.Ceiling {
		short(c, &p.Ceiling[i])
	}
	for _, span := range p.spans() {
		long(c, span.value)
	}
	if written >= withStages {
		for i := range p.Stages {
			octet(c, &p.Stages[i])
		}
		long(c, &p.StageHold)
	}
	if c.reading && written >= withStages && !p.staged() {
		c.fail(outOfRange) // One policy has one encoding.
	}
}

// staged reports whether the policy says anything of stages.
func (p *Policy) staged() bool {
	return p.Stages != [model.MaxStages - 1]uint8{} || p.StageHold != 0
}

// namedSpan is one of the durations of a policy.
type namedSpan struct {
	name  string
	value *time.Duration
}

// spans are the durations of a policy, in the order in which they are encoded.
func (p *Policy) spans() [13]namedSpan {
	return [...]namedSpan{
		{"flap_half_life", &p.FlapHalfLife}, {"stable_for", &p.StableFor},
		{"hold_down", &p.HoldDown}, {"cooldown", &p.Cooldown},
		{"stale_after", &p.StaleAfter}, {"data_at_risk_max", &p.DataAtRiskMax}, {"lease", &p.Lease},
		{"drift", &p.Drift}, {"step_timeout", &p.StepTimeout}, {"rewind_timeout", &p.RewindTimeout},
		{"brake_window", &p.BrakeWindow}, {"readiness_stale_after", &p.ReadinessStaleAfter},
		{"equally_fresh", &p.EquallyFresh},
	}
}
