package model_test

import (
	"slices"
	"testing"

	"redoubt/model"
)

func TestFill(t *testing.T) {
	known := map[string]string{"host": "10.0.0.1", "region": "us-east-1", "braces": "{host}"}
	value := func(name string) (string, bool) { text, ok := known[name]; return text, ok }
	for template, want := range map[string]string{
		"":                          "",
		"plain":                     "plain",
		"https://{host}/{region}/x": "https://10.0.0.1/us-east-1/x",
		"{braces}{host}":            "{host}10.0.0.1", // What is filled in is no template.
	} {
		if got, err := model.Fill(template, value); got != want || err != nil {
			t.Errorf("%q: got %q and %v, want %q", template, got, err, want)
		}
	}
	for _, bad := range []string{
		"{", "}", "{host", "host}", "{}", "{Host}", "{a b}", "{{host}}", "{none}",
	} {
		if got, err := model.Fill(bad, value); err == nil {
			t.Errorf("%q was filled to %q", bad, got)
		}
	}
	got, err := model.Placeholders("{b}{a}/{b}")
	if err != nil || !slices.Equal(got, []string{"b", "a", "b"}) {
		t.Errorf("got %q and %v", got, err)
	}
}

func FuzzPlaceholders(f *testing.F) {
	f.Add("https://{host}:{port}/")
	f.Add("{}}{")
	f.Fuzz(func(t *testing.T, template string) {
		names, err := model.Placeholders(template)
		s := sound()
		s.Checks[0].Probe = model.Probe{Kind: model.HTTPProbe, Target: template, Status: 200}
		s.Anchors = []model.Probe{
			{Kind: model.TCPProbe, Target: template},
			{Kind: model.PostgreSQLProbe, Target: template},
			{Kind: model.DNSProbe, Target: template, Name: template},
			{Kind: model.CommandProbe, Command: []string{template}},
		}
		if list := s.Validate(); err != nil && len(list) == 0 {
			t.Errorf("%q has the placeholders %q, and no rule is broken", template, names)
		}
	})
}
