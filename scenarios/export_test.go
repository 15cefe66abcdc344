package scenarios

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
	"time"

	"redoubt/model"
)

// Value is a value of a file that is read as a whole, for the tests.
type Value struct {
	// Path is where it stands, with its indexes; Start and End are its bytes.
	Path       string
	Start, End int
}

// Values returns every value of a file but tables and lists.
func Values(data []byte) []Value {
	root, _ := parseTree(data)
	return values(root, "")
}

func values(n *node, path string) []Value {
	var all []Value
	for _, e := range n.entries {
		all = append(all, values(e.value, join(path, e.key))...)
	}
	for i, item := range n.items {
		all = append(all, values(item, fmt.Sprintf("%s[%d]", path, i))...)
	}
	if n.kind != tableNode && n.kind != arrayNode {
		all = append(all, Value{path, n.start, n.end})
	}
	return all
}

// Generic returns a file as maps and lists, and whether it is TOML.
func Generic(data []byte) (any, bool) {
	root, problems := parseTree(data)
	return plain(root), len(problems) == 0
}

// Key is one key of a table, for the tests and the document.
type Key struct{ Table, Key, Takes, Default, Meaning string }

// Keys returns every key of the format by its table's Go type, and the tables in their order.
func Keys() (tables []string, keys map[string][]Key) {
	keys = map[string][]Key{}
	collect(reflect.TypeFor[file](), &tables, keys)
	for _, form := range []reflect.Type{
		reflect.TypeFor[distributionTable](), reflect.TypeFor[durationBoundsTable](),
		reflect.TypeFor[countBoundsTable](),
	} {
		collect(form, &tables, keys)
	}
	return tables, keys
}

// AgentKeys returns every key of an agent's file.
func AgentKeys() (tables []string, keys map[string][]Key) {
	keys = map[string][]Key{}
	collect(reflect.TypeFor[agentFile](), &tables, keys)
	return tables, keys
}

func collect(t reflect.Type, tables *[]string, keys map[string][]Key) {
	if _, done := keys[t.Name()]; done {
		return
	}
	*tables = append(*tables, t.Name())
	keys[t.Name()] = nil
	for _, f := range fieldsOf(t) {
		inner := f.reflectedField
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			if _, keyed := reflect.New(inner).Interface().(keyedTable); keyed {
				break
			}
			inner = inner.Elem()
		}
		keys[t.Name()] = append(keys[t.Name()], Key{
			Table: t.Name(), Key: f.key, Takes: takes(f.reflectedField, f),
			Default: defaultText(f), Meaning: meaning(f),
		})
		if k, keyed := reflect.New(inner).Interface().(keyedTable); keyed {
			inner = reflect.TypeOf(k.element()).Elem()
		}
		if _, isLeaf := reflect.New(inner).Interface().(leaf); !isLeaf && inner.Kind() == reflect.Struct {
			collect(inner, tables, keys)
		}
	}
}

// defaultText says what an absent key means.
func defaultText(f field) string {
	switch {
	case f.hasFallback:
		return "`" + f.fallback + "`"
	case f.optional || onlyDefaults(f.reflectedField):
		return ""
	}
	return "required"
}

// takes says what a key takes.
func takes(t reflect.Type, f field) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	value := reflect.New(t).Interface()
	switch v := value.(type) {
	case *distribution:
		return "distribution"
	case *durationBounds:
		return "`\"90s\"` or bounds"
	case *countBounds:
		return "integer or bounds"
	case leaf:
		return leafTakes(v, f)
	case keyedTable:
		inner := f
		inner.choice = ""
		return "table of " + takes(reflect.TypeOf(v.element()).Elem(), inner) + " by name"
	}
	if t.Kind() == reflect.Slice {
		_, single := reflect.New(t.Elem()).Interface().(leaf)
		if t.Elem().Kind() == reflect.Struct && !single {
			return "tables"
		}
		return "list of " + takes(t.Elem(), f)
	}
	return "table"
}

func leafTakes(l leaf, f field) string {
	if f.choice != "" {
		return "`" + strings.Join(choices(f.choice), "`, `") + "`"
	}
	schema := l.schema()
	if examples, ok := schema["examples"].([]string); ok {
		return "`\"" + examples[0] + "\"`"
	}
	return schema["type"].(string)
}

// Descriptions returns the keys that are described, sorted.
func Descriptions() []string {
	var keys []string
	for key := range descriptions {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// Distance is the distance between two words.
func Distance(a, b string) int { return distance(a, b) }

// ParseDuration reads a duration, and says whether it was accepted, as those below do.
func ParseDuration(text string) (time.Duration, bool) { return accepted(parseDuration(text)) }

// ParseShare reads a share.
func ParseShare(text string) (float64, bool) { return accepted(parseShare(text)) }

// ParseRatio reads a factor.
func ParseRatio(text string) (float64, bool) { return accepted(parseRatio(text)) }

// ParseMoney reads an amount of money.
func ParseMoney(text string) (model.Money, bool) { return accepted(parseMoney(text)) }

// ParsePerYear reads a rate as a number in a year.
func ParsePerYear(text string) (float64, bool) { return accepted(parseRate(text, model.Year)) }

// ParsePerSecond reads a rate as a number in a second.
func ParsePerSecond(text string) (float64, bool) { return accepted(parseRate(text, time.Second)) }

// ParseYears reads a number of years.
func ParseYears(text string) (int, bool) { return accepted(parseYears(text)) }

func accepted[T any](value T, problem *unitError) (T, bool) { return value, problem == nil }
