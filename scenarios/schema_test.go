package scenarios_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"redoubt/scenarios"
)

func TestSchemaIsCurrent(t *testing.T) {
	golden(t, "schema.json", scenarios.Schema())
}

// golden compares with a file that is checked in, or rewrites it.
func golden(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not current: run go test ./scenarios -update", path)
	}
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(scenarios.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// decoded reads TOML with a decoder that shares nothing with this package's.
func decoded(data []byte) (any, error) {
	var table map[string]any
	if err := toml.Unmarshal(data, &table); err != nil {
		return nil, err
	}
	return throughJSON(table)
}

func throughJSON(v any) (any, error) {
	encoded, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
}

// embedded are the paths of the files that are part of the program.
func embedded(t *testing.T) []string {
	t.Helper()
	paths := append(glob(t, "library/*.toml"), glob(t, "drills/*.toml")...)
	return append(paths, glob(t, "incidents/*.toml")...)
}

func TestGoodFilesMatchTheSchema(t *testing.T) {
	schema := compiledSchema(t)
	paths := append(embedded(t), glob(t, "testdata/good/*.toml")...)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		document, err := decoded(data)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if err := schema.Validate(document); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		named := bytes.HasPrefix(data, []byte("#:schema ../schema.json\n"))
		if !named && !strings.HasPrefix(path, "testdata") {
			t.Errorf("%s does not begin with the comment that names its schema", path)
		}
	}
}

// TestBadKeysAndUnitsFailTheSchema holds that an editor finds what needs no rule to be found.
func TestBadKeysAndUnitsFailTheSchema(t *testing.T) {
	schema := compiledSchema(t)
	for _, pattern := range []string{
		"key-*", "kind-*", "*-without-unit", "*-unknown-unit", "*-unknown-kind", "*-unknown-category",
		"*-negative", "strategy-unknown*", "distribution-two*",
	} {
		for _, path := range glob(t, "testdata/bad/"+pattern+".toml") {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			document, err := decoded(data)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if schema.Validate(document) == nil {
				t.Errorf("%s passes the schema", path)
			}
		}
	}
}

// TestTreesMatchAnotherDecoder compares the tree of every file with what go-toml's own decoder
// reads.
func TestTreesMatchAnotherDecoder(t *testing.T) {
	paths := append(embedded(t), glob(t, "testdata/*/*.toml")...)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		compareDecoders(t, data)
	}
}

// compareDecoders demands that what go-toml reads is read alike here. Where go-toml refuses what is
// accepted here, it must be about a number or a date, whose values only the keys know how to read.
func compareDecoders(t *testing.T, data []byte) {
	t.Helper()
	var table map[string]any
	theirErr := toml.Unmarshal(data, &table)
	tree, ok := scenarios.Generic(data)
	if theirErr != nil {
		if ok && !aboutScalars(theirErr) {
			t.Errorf("go-toml refuses %q with %v", data, theirErr)
		}
		return
	}
	if !ok {
		t.Errorf("go-toml reads %q", data)
		return
	}
	theirs, err := throughJSON(table)
	if err != nil {
		return // NaN and infinity, which JSON does not have.
	}
	ours, err := throughJSON(tree)
	if err != nil {
		return // Numbers in other bases or with signs, which JSON does not have.
	}
	if got, want := numbersAsFloats(ours), numbersAsFloats(theirs); !reflect.DeepEqual(got, want) {
		t.Errorf("%q: got %v, want %v", data, got, want)
	}
}

// aboutScalars recognises go-toml's errors about values that its syntax let pass.
func aboutScalars(err error) bool {
	for _, word := range []string{
		"date", "time", "integer", "float", "number", "month", "day", "range",
	} {
		if strings.Contains(err.Error(), word) {
			return true
		}
	}
	return false
}

// numbersAsFloats makes 0.80 and 0.8 the same, and leaves dates out, which are text here.
func numbersAsFloats(v any) any {
	switch v := v.(type) {
	case json.Number:
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = numbersAsFloats(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = numbersAsFloats(v[key])
		}
	}
	return v
}

func FuzzTree(f *testing.F) {
	for _, seed := range []string{
		"a.b = 1\na.c = 2\n[a.d]\n", "[a]\n[a.b]\n[a]\n", "[[a]]\n[a.b]\n[[a]]\n",
		"a = { b.c = 1 }\n[a.b]\n",
		"a = [1, [2, 3], { b = 4 }]\n", "[a.b.c]\n[a]\nb.d = 1\n", "\"\" = 1\n'' = 2\n", "a = 1_000\n",
		"[[a]]\n[[a.b]]\n[a.b.c]\n[[a.b]]\n", "[a]\nb = 1\n[a.b]\n",
		"a = []\n[[a]]\n", "a = \"\\u00e9\"\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(compareDecoders)
}
