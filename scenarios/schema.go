package scenarios

import (
	"encoding/json"
	"reflect"
	"strings"
)

// object is a JSON object; its keys are written in alphabetical order.
type object map[string]any

//go:generate go test . -run TestSchemaIsCurrent -update

// Schema returns the JSON Schema (draft 2020-12) of the format, made from the same types that read
// it. Editors complete and check scenario files with it; schema.json is a copy.
func Schema() []byte {
	root := tableSchema(reflect.TypeFor[file]())
	needBase(root)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "redoubt scenario"
	root["description"] = "A system in cloud regions: what runs, what fails, what it costs."
	data, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic("scenarios: " + err.Error())
	}
	return append(data, '\n')
}

// AgentSchema returns the JSON Schema of an agent's own file; agent.schema.json is a copy.
func AgentSchema() []byte {
	root := tableSchema(reflect.TypeFor[agentFile]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "redoubt agent"
	root["description"] = "Where one agent keeps its things, and where it finds the others."
	data, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic("scenarios: " + err.Error())
	}
	return append(data, '\n')
}

// needBase lets a file with a base leave out what is needed without one, in its tables too: what it
// does not say, the base does.
func needBase(root object) {
	complete := object{"required": root["required"]}
	nested, properties := object{}, root["properties"].(object)
	for key, property := range properties {
		table := property.(object)
		if needed, ok := table["required"]; ok && table["type"] == "object" {
			nested[key] = object{"required": needed}
			delete(table, "required")
		}
	}
	complete["properties"] = nested
	root["required"] = []string{"schema", "name", "title"}
	root["if"], root["else"] = object{"required": []string{"base"}}, complete
}

// tableSchema describes a table and all of its keys.
func tableSchema(t reflect.Type) object {
	properties, required := object{}, []string{}
	for _, f := range fieldsOf(t) {
		described := valueSchema(f.reflectedField, f)
		described["description"] = meaning(f)
		if f.hasFallback {
			described["default"] = plain(defaultNode(f.fallback))
		}
		properties[f.key] = described
		if !f.hasFallback && !f.optional && !onlyDefaults(f.reflectedField) {
			required = append(required, f.key)
		}
	}
	schema := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// onlyDefaults reports whether a table may be left out because none of its keys has to be there.
func onlyDefaults(t reflect.Type) bool {
	if _, ok := reflect.New(t).Interface().(leaf); ok || t.Kind() != reflect.Struct {
		return false
	}
	for _, f := range fieldsOf(t) {
		if !f.hasFallback && !f.optional {
			return false
		}
	}
	return true
}

func valueSchema(t reflect.Type, f field) object {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	value := reflect.New(t).Interface()
	if l, ok := value.(leaf); ok {
		if f.choice != "" {
			return object{"enum": choices(f.choice)}
		}
		return l.schema()
	}
	if k, ok := value.(keyedTable); ok {
		return keyedSchema(k, f)
	}
	if t.Kind() == reflect.Slice {
		return object{"type": "array", "items": valueSchema(t.Elem(), f)}
	}
	return tableSchema(t)
}

// keyedSchema describes a table whose keys are names: of a list, or any.
func keyedSchema(k keyedTable, f field) object {
	inner := f
	inner.choice = ""
	element := valueSchema(reflect.TypeOf(k.element()).Elem(), inner)
	if f.choice == "" {
		return object{"type": "object", "additionalProperties": element}
	}
	properties := object{}
	for _, name := range choices(f.choice) {
		properties[name] = element
	}
	return object{"type": "object", "properties": properties, "additionalProperties": false}
}

// plain converts a node to what encoding/json writes.
func plain(n *node) any {
	switch n.kind {
	case tableNode:
		table := object{}
		for _, e := range n.entries {
			table[e.key] = plain(e.value)
		}
		return table
	case arrayNode:
		list := []any{}
		for _, item := range n.items {
			list = append(list, plain(item))
		}
		return list
	case integerNode, floatNode:
		return json.Number(strings.ReplaceAll(n.text, "_", ""))
	case boolNode:
		return n.text == "true"
	case stringNode, dateNode:
		return n.text
	}
	return nil
}

func patternSchema(pattern, example string) object {
	return object{"type": "string", "pattern": pattern, "examples": []string{example}}
}

func (*text) schema() object  { return object{"type": "string", "minLength": 1} }
func (*flag) schema() object  { return object{"type": "boolean"} }
func (*count) schema() object { return object{"type": "integer", "minimum": 0} }

func (*amount) schema() object      { return object{"type": "number", "minimum": 0} }
func (*signed) schema() object      { return object{"type": "number"} }
func (*duration) schema() object    { return patternSchema(durationPattern, "90s") }
func (*share) schema() object       { return patternSchema(sharePattern, "25%") }
func (*ratio) schema() object       { return patternSchema(ratioPattern, "2.5x") }
func (*money) schema() object       { return patternSchema(moneyPattern, "$1,200.50") }
func (*yearlyMoney) schema() object { return patternSchema(yearlyPattern, "$75M/year") }
func (*perSecond) schema() object   { return patternSchema(ratePattern, "250/s") }
func (*perYear) schema() object     { return patternSchema(ratePattern, "0.80/year") }
func (*outageHours) schema() object { return patternSchema(outagePattern, "8h/year") }
func (*years) schema() object       { return patternSchema(yearsPattern, "3y") }

func (*distribution) schema() object {
	table := tableSchema(reflect.TypeFor[distributionTable]())
	table["minProperties"], table["maxProperties"] = 1, 1
	return object{"anyOf": []object{patternSchema(durationPattern, "90s"), table}}
}
