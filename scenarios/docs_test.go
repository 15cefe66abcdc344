package scenarios_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"redoubt/model"
	"redoubt/scenarios"
)

// generatedBlock is a part of the document that the test writes: what kind it is, of what, and the
// text.
var generatedBlock = regexp.MustCompile(
	`(?s)<!-- (keys|problems|example|faults|stores) (\S+) -->\n(.*?)<!-- end -->`)

func TestDocumentIsCurrent(t *testing.T) {
	_, keys := scenarios.Keys()
	document(t, "../docs/scenarios.md", keys)
}

func TestDocumentOfAgentsIsCurrent(t *testing.T) {
	_, keys := scenarios.AgentKeys()
	document(t, "../docs/agents.md", keys)
}

// document writes the generated parts of a document anew, and demands one about every table.
func document(t *testing.T, path string, keys map[string][]scenarios.Key) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	current := generatedBlock.ReplaceAllStringFunc(string(data), func(block string) string {
		match := generatedBlock.FindStringSubmatch(block)
		kind, of := match[1], match[2]
		body := ""
		switch kind {
		case "keys":
			shown[of] = true
			body = keyTable(t, of, keys[of])
		case "problems":
			body = problemsOf(t, of)
		case "example":
			body = exampleOf(t, of)
		case "faults":
			body = faultTable()
		case "stores":
			body = storeTable()
		}
		return fmt.Sprintf("<!-- %s %s -->\n\n%s\n<!-- end -->", kind, of, body)
	})
	for table := range keys {
		if !shown[table] {
			t.Errorf("%s has no section about the table %s", path, table)
		}
	}
	golden(t, path, []byte(current))
}

func keyTable(t *testing.T, table string, keys []scenarios.Key) string {
	t.Helper()
	if len(keys) == 0 {
		t.Errorf("there is no table named %s", table)
	}
	var b strings.Builder
	b.WriteString("| key | takes | default | meaning |\n|---|---|---|---|\n")
	for _, k := range keys {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Key, k.Takes, k.Default, k.Meaning)
	}
	return b.String()
}

// faultTable says what each kind of fault breaks, and which keys it has beside its times.
func faultTable() string {
	var b strings.Builder
	b.WriteString("| kind | keys | what it breaks |\n|---|---|---|\n")
	for _, kind := range model.FaultKinds() {
		var keys []string
		for _, key := range []struct {
			has  bool
			text string
		}{
			{kind.HasRegion() && !kind.HasRegions(), "`region`"},
			{kind.HasRegions(), "`region` or `regions`"}, {kind.HasItem(), "`item`"},
			{kind.HasLink(), "`between`, or `from` and `to`"},
			{kind.HasStore(), "`store`"}, {kind.HasShare(), "`share`"},
			{kind.HasLatency(), "perhaps `latency`"},
		} {
			if key.has {
				keys = append(keys, key.text)
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", kind, strings.Join(keys, ", "), kind.What())
	}
	return b.String()
}

// storeTable says what each kind of store does, and which figures it brings.
func storeTable() string {
	said := func(d model.Distribution, ok bool) string {
		switch {
		case !ok:
			return ""
		case d.Quantile(0.5) == d.Quantile(0.95):
			return fmt.Sprintf("%.4g s", d.Quantile(0.5))
		}
		return fmt.Sprintf("%.4g s, 95 %% within %.4g s", d.Quantile(0.5), d.Quantile(0.95))
	}
	var b strings.Builder
	b.WriteString("| kind | what it does | lag | promotion | switchover |\n|---|---|---|---|---|\n")
	for _, kind := range model.StoreKinds() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", kind, kind.What(), said(kind.Lag()),
			said(kind.Promotion()), said(kind.Switchover()))
	}
	return b.String()
}

// problemsOf is what a bad file is told.
func problemsOf(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/bad/" + name + ".toml")
	if err != nil {
		t.Fatal(err)
	}
	source, _ := splitWants(data)
	_, err = scenarios.Read("shop.toml", source)
	if err == nil {
		t.Fatalf("%s has no problem", name)
	}
	return "    " + strings.ReplaceAll(err.Error(), "\n", "\n    ") + "\n"
}

// exampleOf is a good file without its comment.
func exampleOf(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/good/" + name + ".toml")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(data), "\n\n")
	return "```toml\n" + body + "```\n"
}
