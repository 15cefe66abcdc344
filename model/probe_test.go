package model_test

import (
	"slices"
	"strings"
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

// TestProbesAreBounded breaks the rules that no file can break in few lines.
func TestProbesAreBounded(t *testing.T) {
	long := strings.Repeat("x", model.MaxProbeText+1)
	tcp := model.Probe{Kind: model.TCPProbe, Target: "{host}:1"}
	for name, c := range map[string]struct {
		probe model.Probe
		want  string
	}{
		"a long target": {model.Probe{Kind: model.TCPProbe, Target: long}, "check[0].probe.tcp"},
		"a long body": {model.Probe{Kind: model.HTTPProbe, Target: "http://{host}/", Status: 200,
			Body: long}, "check[0].probe.body"},
		"a zero byte": {model.Probe{Kind: model.CommandProbe, Command: []string{"/x", "\x00"}},
			"check[0].probe.command[1]"},
		"many words": {model.Probe{Kind: model.CommandProbe,
			Command: slices.Repeat([]string{"/x"}, model.MaxProbeArguments+1)}, "check[0].probe.command"},
		"no kind": {model.Probe{Kind: 99}, "check[0].probe"},
		"no role": {model.Probe{Kind: model.PostgreSQLProbe, Target: "{at}", Role: 9},
			"check[0].probe.role"},
		"no type": {model.Probe{Kind: model.DNSProbe, Target: "x", Name: "x.", Record: 9},
			"check[0].probe.record"},
		"no name":   {model.Probe{Kind: model.DNSProbe, Target: "x"}, "check[0].probe"},
		"bare host": {model.Probe{Kind: model.TCPProbe, Target: "::1:80"}, "check[0].probe.tcp"},
	} {
		s := sound()
		s.Checks[0].Probe = c.probe
		if list := s.Validate(); len(list) != 1 || list[0].Path != c.want {
			t.Errorf("%s: got %v, want one problem at %s", name, list, c.want)
		}
	}
	s := sound()
	s.Checks[0].Probe = tcp
	s.Anchors = slices.Repeat([]model.Probe{tcp}, model.MaxAnchors)
	if list := s.Validate(); len(list) > 0 {
		t.Errorf("got %v", list)
	}
	s.Anchors = append(s.Anchors, model.Probe{})
	if list := s.Validate(); len(list) != 2 {
		t.Errorf("got %v, want one anchor too many, which looks at nothing", list)
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
