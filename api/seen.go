package api

import (
	"fmt"
	"strings"

	"redoubt/units"
)

// Impaired is what is wrong with a region now, as far as the log and the agent that is asked know;
// it is empty where nothing is, and also where nobody can tell, as its Verdict says.
func (r *RegionStatus) Impaired() (all []string) {
	if r.Verdict == "down" {
		all = append(all, fmt.Sprintf("down for %s (%d of %d say so)",
			units.Length(Lasted(r.DownFor, r.DownStood)), r.SaysDown, len(r.Observers)))
	}
	switch lost := "lost"; {
	case r.Agent == lost:
		all = append(all, "its agent is lost")
	case r.Gossip == lost:
		all = append(all, "its agent is not heard here")
	}
	if r.Causes != "" {
		all = append(all, r.Causes+" declared")
	}
	if len(r.Lacks) > 0 {
		all = append(all, "lacks "+strings.Join(r.Lacks, ", "))
	}
	return all
}

// CanCarry is how much of all traffic a region can carry now; "?" where nobody knows, as what a
// region said whose agent is lost tells nothing of now, and "" of a witness.
func (r *RegionStatus) CanCarry() string {
	switch share := r.Carries(); {
	case r.Role == "witness":
		return ""
	case share == nil:
		return "?"
	default:
		return units.Percent(*share, 0) + " %"
	}
}

// Carries is that share, and nil where nobody knows it, and of a witness.
func (r *RegionStatus) Carries() *float64 {
	if r.Role == "witness" || r.Agent == "lost" || r.Quorum == 0 {
		return nil
	}
	return &r.Ready
}

// Overload says that more of all users is sent to a region than it can carry, "" where that is not
// so or not known.
func (r *RegionStatus) Overload() string {
	if r.Users == nil || !r.over(*r.Users) {
		return ""
	}
	return fmt.Sprintf("%s %% of users are sent there, and it can carry %s",
		units.Percent(*r.Users, 0), r.CanCarry())
}

// over reports whether a part of all users is known to be more than a region can carry.
func (r *RegionStatus) over(users float64) bool {
	const rounding = 0.001 // A capacity is counted in thousandths.
	carries := r.Carries()
	return carries != nil && users > *carries+rounding
}

// overloaded says which regions are sent more users than they can carry. Of one that is seen down
// that is said already, and of one that can carry nothing and is not known to be up nobody has said
// anything yet.
func (s *Status) overloaded() (all []string) {
	for i := range s.Regions {
		r := &s.Regions[i]
		unsaid := r.Verdict == "not known" && r.Ready == 0
		if r.Verdict != "down" && !unsaid && r.Overload() != "" {
			all = append(all, fmt.Sprintf("%s is sent %s %% of users and can carry %s", r.Region,
				units.Percent(*r.Users, 0), r.CanCarry()))
		}
	}
	return all
}

// Sent is what a region would be sent: which part of all users, beside what it can carry, in
// words, and whether that is more.
type Sent struct {
	Text string
	Over bool
}

// IfLeft is what each of the others that serve would be sent once a region is evacuated, in the
// order of the regions.
func (s *Status) IfLeft(region string) (all []Sent) {
	for i := range s.Regions {
		if s.Regions[i].Region != region {
			continue
		}
		for j := range s.Regions {
			other := &s.Regions[j]
			if share, is := s.Regions[i].Without[other.Region]; is {
				all = append(all, Sent{fmt.Sprintf("%s would be sent %s %% of users, and can carry %s",
					other.Region, units.Percent(share, 0), other.CanCarry()), other.over(share)})
			}
		}
	}
	return all
}

// Unsure says who says what of a region of which neither enough say that it is up nor that it is
// down, whose agents are silent, and how many it takes; "" of any other.
func (r *RegionStatus) Unsure() string {
	all := len(r.Observers)
	switch {
	case r.Verdict != "not known":
		return ""
	case all == 0:
		return "nobody can tell whether it is up"
	}
	var said, silent []string
	for _, saying := range []struct {
		count int
		what  string
	}{{r.SaysUp, "up"}, {r.SaysDown, "down"}} {
		switch {
		case saying.count == 1:
			said = append(said, fmt.Sprintf("1 of %d sees it %s", all, saying.what))
		case saying.count > 1:
			said = append(said, fmt.Sprintf("%d of %d see it %s", saying.count, all, saying.what))
		}
	}
	if len(said) == 0 {
		said = []string{fmt.Sprintf("none of %d says anything", all)}
	}
	for _, o := range r.Observers {
		switch {
		case o.Verdict != "unknown":
		case o.Age < 0:
			silent = append(silent, o.By+" has never said anything")
		default:
			silent = append(silent, o.By+" silent for "+units.Length(Lasted(o.Age, o.Stood)))
		}
	}
	text := strings.Join(said, ", ")
	if len(silent) > 0 {
		text += "; " + strings.Join(silent, ", ")
	}
	return fmt.Sprintf("%s (%d needed)", text, r.Quorum)
}

// Seen is what the agent of one region last said of another: "up", "down" or "unknown"; "" where
// its agent does not look at that, as nobody does at a witness.
func (s *Status) Seen(from, to string) string {
	for i := range s.Regions {
		for _, o := range s.Regions[i].Observers {
			if s.Regions[i].Region == to && o.By == from {
				return o.Verdict
			}
		}
	}
	return ""
}

// Does is what a region is to the estate: "witness", "primary" or "serves"; else "left" of one that
// was left and is not yet what it was, "lost" of one that is down with its agent, "down", or
// "standby".
func (s *Status) Does(r *RegionStatus) string {
	down := r.Verdict == "down"
	switch {
	case r.Role == "witness":
		return r.Role
	case r.Region == s.Primary:
		return "primary"
	case r.Serves:
		return "serves"
	case s.WasLeft(r):
		return "left"
	case down && r.Agent == "lost":
		return "lost"
	case down:
		return "down"
	}
	return "standby"
}

// Promotes reports whether there is a primary, or a store that has one: else nothing can fail over,
// and to leave a region is an evacuation.
func (s *Status) Promotes() bool { return len(s.Stores) > 0 || s.Primary != "" }

// Evacuated reports whether a region's traffic was led away where every region writes.
func (s *Status) Evacuated(r *RegionStatus) bool {
	return !s.Promotes() && !s.Empty && r.Role == "workload" && !r.Serves
}

// WasLeft reports whether a region was left: its traffic was led away where every region writes, or
// its copy of a store is still behind a move of the writes.
func (s *Status) WasLeft(r *RegionStatus) bool {
	if r.Serves || r.Region == s.Primary {
		return false
	}
	for i := range s.Stores {
		for _, c := range s.Stores[i].Copies {
			if c.Region == r.Region && c.Diverged != "" {
				return true
			}
		}
	}
	return s.Evacuated(r)
}

// WritesReturn reports whether a failback to a region would bring writes back: it is their home,
// and some of them are elsewhere. Else it brings traffic alone.
func (s *Status) WritesReturn(region string) bool {
	away := s.Primary != region
	for i := range s.Stores {
		away = away || s.Stores[i].Writer != region
	}
	return away && region != "" && region == s.Home
}

// Lags are how far the copies of a store are behind, in words; "" where it has none.
func (s *StoreStatus) Lags() string {
	var all []string
	for i := range s.Copies {
		switch c := &s.Copies[i]; {
		case !c.Known:
			all = append(all, "nobody knows by how much in "+c.Region)
		default:
			all = append(all, fmt.Sprintf("by %s (measured %s ago) in %s",
				units.Length(units.Seconds(c.Lag)), units.Length(Lasted(c.Age, c.Stood)), c.Region))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "copies of " + s.Store + " are behind: " + strings.Join(all, "; ")
}

// Sources say where the round trips of the Links are from, each source once.
func (s *Status) Sources() (all []string) {
	var order []string
	of := map[string][]string{}
	for i, link := range s.Links {
		back := false
		for _, other := range s.Links[:i] {
			back = back || other.From == link.To && other.To == link.From && other.Source == link.Source
		}
		if back {
			continue
		}
		if of[link.Source] == nil {
			order = append(order, link.Source)
		}
		of[link.Source] = append(of[link.Source], link.From+" to "+link.To)
	}
	for _, source := range order {
		where := "round trips " + strings.Join(of[source], ", ")
		if len(order) == 1 && len(of[source]) > 1 {
			where = "every round trip"
		}
		all = append(all, where+": "+source)
	}
	return all
}
