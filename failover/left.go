package failover

import "redoubt/model"

// Leftover is what plans have left behind them that were given up, or had to give way, beside
// traffic that stays divided as Split says. It stands, whatever comes in between, until a step has
// put it right: one of a reopening, of a retraction, or of any plan that moves the same.
type Leftover struct {
	// Unsettled says that the write role had moved, or that readers may have been diverted, and not
	// all of the rest was done: replicas and traffic may not follow the primary yet; or that traffic
	// was sent to regions that were still to grow. A plan that shifts the traffic to the primary
	// settles that: a reopening, if none comes before.
	Unsettled bool
	// Strayed says that somebody had claimed to shift the traffic: it may go elsewhere than Serving
	// and Split say, until a shift is done. A retraction does one.
	Strayed bool
	// Drained are the regions that write and may take no new writes, since they were drained, until
	// a retraction has them take new ones; Stores are those to which they may take none, one bit each.
	Drained model.RegionSet
	Stores  uint8
	// Unopened are the stores without a guard, one bit each, whose lease is held where they belong by
	// a claim alone: somebody had claimed to promote them, and the plan ended before they had said
	// that it was done. They may be open or not, until a fence has closed them or they are claimed
	// again. A reopening does both. A guard opens its store by the claim, whatever becomes of the
	// plan.
	Unopened uint8
}

// leftNothing reports whether nothing has been left, while no plan runs, that is to be put right.
func (s *State) leftNothing() bool { return s.Left == Leftover{} && s.Split.Share == 0 }

// leavesOrSettles notes at the running plan's end whether it has settled what one before it, or it
// itself, left unsettled, or leaves it so. A store that moves on its own takes no traffic along,
// and a region that is not the primary takes its own: neither settles anything.
func (p *Policy) leavesOrSettles(s *State) {
	plan, done := &s.Plan, s.Plan.windsUp() && !s.Plan.has(1<<Scale, isLeft)
	follows := plan.has(shifting, isDone) || p.settles(s) && p.ledAway(s, plan.Target)
	switch moved := plan.moved(s); {
	case done && moved && plan.Leads && follows:
		s.Left.Unsettled = false
	case !done && moved && plan.Kind.moves(), !moved && plan.has(Steps(Divert), isTried),
		plan.Kind == Evacuation && plan.took(s) && plan.has(1<<Scale, isLeft) &&
			s.Serving.Has(s.Primary):
		s.Left.Unsettled = true
	}
	p.leaves(s)
}

// leaves notes what the running plan leaves to be undone as its epoch ends: a shift or a drain that
// somebody has claimed may have been done, unless they have said that it failed, as has everybody
// before them. What a later shift has sent goes where that one has it, and where the writes have
// moved, or go on to, nothing is left to be drained.
func (p *Policy) leaves(s *State) {
	sent := s.Plan.which(shifting, isDone)
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		switch {
		case !step.By.Valid() && !step.Look:
		case step.Kind == Shift && step.Status != Done && sent.after(i) == 0:
			s.Left.Strayed = true
		case step.Kind == Drain && !s.Plan.moved(s):
			s.leftDrained(step.Region)
		}
	}
	p.leftUnopened(s)
	for r := range model.RegionID(model.MaxRegions) {
		if !p.writes(s, r) {
			s.Left.Drained = s.Left.Drained.Without(r)
		}
	}
}

// leftDrained notes that a region may take no new writes to what the running plan was to move. That
// people hear of these stores is counted from here on.
func (s *State) leftDrained(r model.RegionID) {
	s.Left.Drained = s.Left.Drained.With(r)
	for i := range s.Lapses {
		news := s.Plan.Stores>>i&1 == 1 && s.Writers[i] == r && !s.drained(model.StoreID(i))
		if news && !s.Lapses[i].Told {
			s.Lapses[i] = Lapse{Since: s.Now, First: s.Now}
		}
		if news {
			s.Left.Stores |= 1 << i
		}
	}
}

// leftUnopened notes which stores the running plan leaves held where they belong though nobody has
// said that they were promoted. That people hear of them is counted from here on.
func (p *Policy) leftUnopened(s *State) {
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		lease, lapse := &s.Leases[step.Store], &s.Lapses[step.Store]
		mine := lease.Epoch == s.Plan.Epoch && lease.heldBy(s.Writers[step.Store])
		if step.Kind != Promote || step.Status == Done || !mine || p.guarded(step.Store) {
			continue
		}
		s.Left.Unopened |= 1 << step.Store
		if !lapse.Told {
			*lapse = Lapse{Since: s.Now, First: s.Now}
		}
	}
}

// unopened reports whether a store is held by a claim alone, which nobody has seen to the end.
func (s *State) unopened(store model.StoreID) bool { return s.Left.Unopened>>store&1 == 1 }

// heldOpen reports whether a store's lease is held where its writes belong, and its promotion was
// seen to the end.
func (s *State) heldOpen(store model.StoreID) bool {
	return s.Leases[store].heldBy(s.Writers[store]) && !s.unopened(store)
}

// drained reports whether the region where the writes to a store belong may take no new ones.
func (s *State) drained(store model.StoreID) bool { return s.Left.Stores>>store&1 == 1 }

// writesIn notes where the writes to a store belong now: nobody has drained that of them, and what
// people said before is about another region.
func (s *State) writesIn(store model.StoreID, r model.RegionID) {
	if s.Writers[store] != r {
		s.Writers[store], s.Turned, s.Drill = r, s.Now, PendingDrill{}
		s.Left.Stores &^= 1 << store
		s.Left.Unopened &^= 1 << store
	}
}

// undrained notes that a region takes new writes again.
func (s *State) undrained(r model.RegionID) {
	s.Left.Drained = s.Left.Drained.Without(r)
	for i, writer := range s.Writers {
		if writer == r {
			s.Left.Stores &^= 1 << i
		}
	}
}

// sent notes that a step has sent the traffic to some regions, divided so: it goes nowhere else.
func (s *State) sent(serving model.RegionSet, split Split) {
	s.Serving, s.Split, s.Left.Strayed = serving, split, false
}

// takesUp is the primary if an earlier plan has left it unsettled, nobody sees it down, and traffic
// may come, or is not to: a reopening takes up what is left to be done then.
func (p *Policy) takesUp(s *State) model.RegionID {
	up := s.Left.Unsettled && s.Primary.Valid() && !p.EvidenceOn(s, s.Primary).Failed()
	if up && (p.ledAway(s, s.Primary) || !p.shuns(s, s.Primary)) {
		return s.Primary
	}
	return model.NoRegion
}

// settles reports whether the running plan is a reopening that takes up what was left unsettled.
func (p *Policy) settles(s *State) bool {
	return s.Plan.Kind == Reopen && s.Left.Unsettled && s.Plan.Leads
}

// goesBack reports whether a retraction is to undo now what is left.
func (p *Policy) goesBack(s *State) bool {
	return p.mayMend(s) && (s.Left.Drained != 0 || p.halfway(s))
}

// halfway reports whether traffic is to be taken back, and a region is known to be up that it goes
// back to, and no quorum sees the way there lost; where it is not divided, and may be there, it is
// enough that no quorum sees that down, and that it is not better off where it may be.
func (p *Policy) halfway(s *State) bool {
	left := s.backTo()
	if left == 0 || s.Split.Share == 0 && p.betterAway(s) {
		return false
	}
	for ; left != 0; left = left.Without(left.First()) {
		evidence := p.EvidenceOn(s, left.First())
		comes := evidence.SeenUp() && p.reached(s, left.First())
		if comes || s.Split.Share == 0 && !evidence.Failed() {
			return true
		}
	}
	return false
}

// betterAway reports whether a quorum sees down a region that serves, or the way to it, and neither
// of another one: traffic that may have strayed may have gone there, and some of it would get
// nowhere if it were taken back.
func (p *Policy) betterAway(s *State) bool {
	lost, reached := false, false
	for left := p.Workload; left != 0; left = left.Without(left.First()) {
		gets := p.reached(s, left.First())
		lost, reached = lost || !gets && s.Serving.Has(left.First()), reached || gets
	}
	return lost && reached
}

// backTo are the regions that traffic is to be taken back to by a retraction: those that it came
// from where it is divided by planned work that has not moved the writes, or those that serve where
// it may have strayed from them.
func (s *State) backTo() model.RegionSet {
	switch {
	case s.Left.Unsettled: // What settles that sends the traffic to where it belongs, too.
	case s.Split.Share > 0:
		return s.Split.From
	case s.Left.Strayed:
		return s.Serving
	}
	return 0
}

// wentTo is a region to which traffic that is divided went, and that it leaves when it is taken
// back; NoRegion if there is none.
func (s *State) wentTo() model.RegionID {
	if went := s.Split.To &^ s.Split.From; went != 0 {
		return went.First()
	}
	return model.NoRegion
}
