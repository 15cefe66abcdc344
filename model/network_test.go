package model_test

import (
	"strings"
	"testing"
	"time"

	"redoubt/model"
)

// A link is the same from both ends, but for which way loses what; a pair without one is steady.
func TestALinkIsSeenFromEitherEnd(t *testing.T) {
	s := sound()
	jitter := model.Fixed(6 * time.Millisecond)
	s.Links = []model.Link{{From: 1, To: 0, Jitter: jitter, Loss: 0.1, LossBack: 0.2}}
	want := model.Link{From: 0, To: 1, Jitter: jitter, Loss: 0.2, LossBack: 0.1}
	if got := s.Link(0, 1); got != want || s.Link(1, 0) != s.Links[0] || !got.Noisy() {
		t.Errorf("got %+v and %+v, want %+v and its reverse", got, s.Link(1, 0), want)
	}
	none := s.Link(1, 2)
	if want := (model.Link{From: 1, To: 2}); none != want || none.Noisy() || none.Jitters() {
		t.Errorf("of no link: got %+v, want %+v", none, want)
	}
	rtt := s.Latency[0][1] + 6*time.Millisecond
	if got := s.MeanRTT(0, 1); got != rtt || s.MeanWay(1, 0) != rtt/2 {
		t.Errorf("got a mean of %s and %s, want %s and half of it", got, s.MeanWay(1, 0), rtt)
	}
	if got := s.MeanRTT(1, 2); got != s.Latency[1][2] {
		t.Errorf("of no link: got a mean of %s, want %s", got, s.Latency[1][2])
	}
}

func TestLinksAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, path, text string
		links            []model.Link
	}{
		{"to itself", "link[0].between", "two regions", []model.Link{{From: 1, To: 1}}},
		{"to nowhere", "link[0].between", "two regions", []model.Link{{To: 7}}},
		{"a pair twice", "link[1].between", "twice", []model.Link{{To: 1}, {From: 1}}},
		{"too much jitter", "link[0].jitter", "more than 10s",
			[]model.Link{{To: 1, Jitter: model.Fixed(11 * time.Second)}}},
		{"jitter that is none", "link[0].jitter", "negative",
			[]model.Link{{To: 1, Jitter: model.Fixed(-1)}}},
		{"all is lost", "link[0].loss", "less than 100%", []model.Link{{To: 1, Loss: 1}}},
		{"less than nothing comes back", "link[0].loss_back", "from 0%",
			[]model.Link{{To: 1, LossBack: -0.1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sound()
			s.Links = c.links
			got := s.Validate()
			if len(got) != 1 || got[0].Path != c.path || !strings.Contains(got[0].Text, c.text) {
				t.Errorf("got %+v, want %q at %s", got, c.text, c.path)
			}
		})
	}
}
