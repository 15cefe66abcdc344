package redoubt

import (
	"slices"
	"time"

	"redoubt/model"
)

// Where the incidents were published.
const (
	githubPost   = "https://github.blog/2018-10-30-oct21-post-incident-analysis"
	githubRetold = "https://packtpub.com/en-gb/learning/tech-news/" +
		"github-october-21st-outage-rca-how-prioritizing-data-integrity-launched-a-series-of-" +
		"unfortunate-events-that-led-to-a-day-long-outage"
	facebookPost = "https://engineering.fb.com/2021/10/05/networking-traffic/outage-details/"
)

// knownIncidents are those that can be played, the oldest first.
func knownIncidents() []known {
	return []known{
		github2018(), kinesis2020(), facebook2021(), aws2021(), cloudflare2023(), cloudflare2024(),
		aws2025(),
	}
}

// so is a figure that is true.
func so(key, what string) Figure {
	return Figure{Key: key, What: what, Unit: Truth, Low: 1, High: 1}
}

// lasting is a length of time that is known.
func lasting(key, what string, d time.Duration) Figure {
	return Figure{Key: key, What: what, Unit: Seconds, Low: d.Seconds(), High: d.Seconds()}
}

// longCut is longer than what a failed check, the hold-down and a promotion take together: of a
// thousand promotions (median 90 s, p95 300 s) one takes more than 14m30s.
const longCut = time.Hour

// cutFor has every cut link be cut for another time.
func cutFor(length time.Duration) func(*model.Scenario) ([]*model.Scenario, error) {
	return func(s *model.Scenario) ([]*model.Scenario, error) {
		changed := *s
		changed.Timeline = slices.Clone(s.Timeline)
		for i := range changed.Timeline {
			if changed.Timeline[i].Kind == model.LinkCut {
				changed.Timeline[i].Duration = length
			}
		}
		return []*model.Scenario{&changed}, nil
	}
}

// once reports whether all runs have one failover.
func once(figures []Figure) bool {
	f := figureOf(figures, "failovers")
	return f.Low == 1 && f.High == 1
}

// firstAlert is from 22:52 to 22:54 UTC.
const firstAlert = 2 * time.Minute

// githubPublished are the figures of GitHub's day.
func githubPublished() []PublishedFigure {
	counted := func(key, what string, x float64) Figure {
		return Figure{Key: key, What: what, Unit: Count, Low: x, High: x}
	}
	return []PublishedFigure{
		{Figure: lasting("cut_seconds", "the primary data center is cut off", NamedCut),
			Source: githubPost, Input: true},
		{Figure: so("promoted", "the other coast is promoted"), Source: githubPost},
		{Figure: so("diverged", "each coast has writes that the other lacks"), Source: githubPost},
		{
			Figure: counted("stranded_writes", "writes that one of the clusters had not passed on", 954),
			Source: githubPost,
			Uncompared: "no rate of that cluster's writes was published; what is simulated is told as a " +
				"length of time",
		},
		{Figure: lasting("first_alert_seconds", "first alert, after the cut began", firstAlert),
			Source: githubRetold, Secondary: true, Uncompared: readByPeople},
		{Figure: counted("backlog", "webhooks that wait at most", hooksWaited),
			Source: githubPost, Input: true},
		{Figure: lasting("drain_seconds", "their delivery takes", hooksDrained),
			Source: githubPost, Input: true},
		{
			Figure: lasting("degraded_seconds", "degraded service", 24*time.Hour+11*time.Minute),
			Source: githubPost,
			Uncompared: "it is how long backups were restored and webhooks delivered, and no rate was " +
				"published from which that would follow",
		},
	}
}

// readByPeople says why what people read is held to nothing.
const readByPeople = "alerts and status pages of that day are not simulated: it bounds what who " +
	"reads them can do, as the checks have it"

// untuned is the other rule of GitHub's decider that its settings allow.
const untuned = "orchestrator-60s"

func github2018() known {
	return known{
		name: "github-2018-10-21", title: "GitHub, 2018-10-21", strategy: model.HotStandby,
		decider: "orchestrator", cut: NamedCut,
		simulatedIs: "the rule of orchestrator, which failed GitHub's MySQL over that day (its post), " +
			"with MySQL set up as orchestrator's documents advise: GitHub's own settings were not " +
			"published, and with MySQL's own (other 2) the same rule promotes nothing in this cut",
		measures:  []measure{mostWaiting(), drainedAfter()},
		published: githubPublished(),
		leftOut: "The day of restoring backups: no rate was published from which its length would " +
			"follow. Webhooks were held back by hand, which nothing here needs: theirs is what waits " +
			"while nobody may write. Counts are at the rates of the estate that it is laid over.",
		compared: []IncidentComparison{
			{Published: "promoted", Simulated: "promoted_share", Because: truthExact},
			{Published: "diverged", Simulated: "diverged", Because: truthExact},
		},
		others: []variant{
			{what: "the cut lasts for an hour", alter: cutFor(longCut), runs: 20},
			{
				what: "orchestrator's rule with MySQL's own timeout of 60 s", ruled: func(
					k *known, s *model.Scenario,
				) []Figure {
					return decidedBy(untuned, k, s)
				},
			},
		},
		checks: func(r *IncidentReport) []IncidentCheck {
			longer := r.Others[0].Figures
			return []IncidentCheck{
				{
					"the other coast is promoted while the cut lasts, at every phase of the rule",
					figureOf(r.Simulated, "promoted_share").Low == 1,
				},
				{
					"nothing stops the old primary, so that each coast has writes of its own",
					figureOf(r.Simulated, "diverged").Low == 1,
				},
				{
					"it is decided before the first alert: people cannot prevent it",
					figureOf(r.Simulated, "decided_seconds").High < firstAlert.Seconds(),
				},
				{
					"what waits with redoubt is done before the first alert",
					figureOf(r.WithRedoubt, "drained_seconds").High < firstAlert.Seconds() &&
						figureOf(r.WithRedoubt, "backlog").High > 0,
				},
				{
					"redoubt leaves nothing in this cut, and in a longer one the coast, once, when its writes " +
						"have stopped",
					none(r.WithRedoubt, "failovers", "failovers_cancelled") &&
						once(longer) && none(longer, "split_brain_seconds"),
				},
			}
		},
	}
}

// The outage began at 15:39 UTC; sources have its end between 21:50 and 22:50.
const facebookShortest, facebookLongest = 371 * time.Minute, 431 * time.Minute

// soon is how long after the return of the backbone the writes may take to be accepted again: an
// election, a claim and a lease are tens of seconds.
const soon = 2 * time.Minute

// alone leaves of the cuts, and of the ways that are lost, those of the primary region.
func alone(s *model.Scenario) ([]*model.Scenario, error) {
	changed := *s
	changed.Timeline = slices.DeleteFunc(slices.Clone(s.Timeline), func(f model.Fault) bool {
		return f.Region != s.Primary() && f.Peer != s.Primary()
	})
	return []*model.Scenario{&changed}, nil
}

func facebook2021() known {
	return known{
		name: "facebook-2021-10-04", title: "Facebook, 2021-10-04", strategy: model.ReadLocal,
		cut: facebookShortest, measures: []measure{longestOutage(), backWithTheFaults(soon)},
		others: []variant{{what: "the primary region alone is cut off", alter: alone, runs: 20}},
		published: []PublishedFigure{
			{
				Figure: Figure{
					Key: "outage_seconds", What: "all links and all users' ways are down", Unit: Seconds,
					Low: facebookShortest.Seconds(), High: facebookLongest.Seconds(),
				},
				Source: "https://en.wikipedia.org/wiki/2021_Facebook_outage", Secondary: true, Input: true,
			},
			{Figure: so("all_regions", "every region at once, and each of them works"),
				Source: facebookPost, Input: true},
			{Figure: so("back_with_the_backbone", "all comes back with the backbone"),
				Source: facebookPost},
		},
		leftOut: "Why it lasted: nobody could reach the routers from afar, and no rule of a failover " +
			"changes that. The rule by which the edge withdrew its routes is played as the loss of the " +
			"users' ways. Caches of resolvers, and the load when everybody comes back. What " +
			"is simulated without redoubt has nobody who decides. Counts are at the rates of the estate " +
			"that it is laid over.",
		compared: []IncidentComparison{{
			Published: "back_with_the_backbone", Simulated: "back_with_the_faults", WithRedoubt: true,
			Because: truthExact + ", and \"with\" is taken for within two minutes",
		}},
		checks: func(r *IncidentReport) []IncidentCheck {
			down, alone := figureOf(r.WithRedoubt, "down_seconds"), r.Others[0].Figures
			return []IncidentCheck{
				{
					"nothing is left for anything else: there was nothing better",
					none(r.WithRedoubt, "failovers", "failovers_cancelled"),
				},
				{
					"the service is back within two minutes of the backbone, and not before",
					down.Low >= facebookShortest.Seconds() && down.High < (facebookShortest+soon).Seconds(),
				},
				{
					"a region that is cut off alone is left, once, and the service is back hours before it",
					once(alone) && figureOf(alone, "outage_seconds").High < facebookShortest.Seconds()/2,
				},
			}
		},
	}
}
