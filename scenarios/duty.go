package scenarios

import (
	"strings"

	"redoubt/model"
)

// duty is when people are at work, in their local time.
type duty model.Duty

const (
	shiftPattern = `^Mon-Fri ` + clockPattern + `-` + clockPattern + ` [+-]` + clockPattern
	dutyPattern  = shiftPattern + `$`
	dutyExample  = "Mon-Fri 09:00-17:00 -05:00"
)

func (v *duty) read(d *decoder, n *node, path string) {
	*v = duty(withUnit(d, n, path, "hours of the week", dutyExample, parseDuty))
}

func (*duty) schema() object { return patternSchema(dutyPattern, dutyExample) }

// parseDuty reads "Mon-Fri 09:00-17:00 -05:00".
func parseDuty(text string) (model.Duty, *unitError) {
	if !matches(dutyPattern, text) {
		return model.Duty{}, malformed(text, "hours of the week", dutyExample)
	}
	words := strings.Fields(text)
	from, to, _ := strings.Cut(words[1], "-")
	offset, problem := parseOffset(words[2])
	return model.Duty{From: clockTime(from), To: clockTime(to), UTCOffset: offset}, problem
}

// duties reads when those are at work who look after each region.
func (b *builder) duties() {
	for _, in := range b.file.People.Duty {
		if id := b.region(text(in.key), "people.duty."+in.key); id.Valid() {
			b.s.People.Duty[id] = model.Duty(in.value)
		}
	}
}
