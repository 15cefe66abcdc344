package tui

import (
	"math"
	"slices"
	"strings"

	"redoubt/contrast"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/tui/canvas"
	"redoubt/units"
)

// moneyView has what the two strategies cost, line by line, what is lost with each, and what the
// answer hangs on.
type moneyView struct {
	at int
	// part is which part is shown. low and narrow say that the lines of a category and the losses
	// have parts of their own: there is no room for them below the bill, and beside it.
	part        moneyPart
	low, narrow bool
	// from is which of the values that the answer hangs on is the first that is shown, and more says
	// that there is no room for all of them.
	from int
	more bool
	// below is how far the lines of a category are scrolled, and cut says that there is no room for
	// all of them.
	below int
	cut   bool
	// hangs says that what the answer hangs on was drawn, alone or beside the bill.
	hangs bool
}

// moneyPart is a part of the view, each of which can have all of the room.
type moneyPart int

const (
	theBill moneyPart = iota
	lineByLine
	theLosses
	whatItHangsOn
)

// next is the part after the one that is shown, and what it is called.
func (v *moneyView) next() (moneyPart, string) {
	switch {
	case v.part == theBill && v.low:
		return lineByLine, "line by line"
	case v.part <= lineByLine && v.narrow:
		return theLosses, "what is lost"
	case v.part == whatItHangsOn:
		return theBill, "the bill"
	}
	return whatItHangsOn, "what it hangs on"
}

func (*moneyView) title() string { return "Money" }

func (v *moneyView) hints() []hint {
	_, next := v.next()
	hints := []hint{{next, []action{choose}}, {"swap", []action{swap}}}
	switch {
	case v.part <= lineByLine:
		hints = append([]hint{{"category", []action{down, up}}}, hints...)
		if v.part == lineByLine && v.cut {
			hints = append([]hint{{"scroll", []action{detailDown, detailUp}}}, hints...)
		}
	case v.part == whatItHangsOn && v.more:
		hints = append([]hint{{"scroll", []action{down, up}}}, hints...)
	}
	return append(hints, common...)
}

// repeat is the command that prints both bills, what is lost and what the answer hangs on.
func (*moneyView) repeat(a *App) string {
	text := a.compareCommand()
	if strings.Contains(text, " --pair ") {
		text += " --sensitivity"
	}
	return text
}

// categories are those in which either of two bills has a line.
func categories(bills [2]cost.Bill) (all []model.Category) {
	for category := range model.CategoryCount {
		if bills[0].InCategory(category) != 0 || bills[1].InCategory(category) != 0 {
			all = append(all, category)
		}
	}
	return all
}

func (a *App) bills() (bills [2]cost.Bill) {
	for i, kind := range a.pair {
		bills[i] = cost.Itemise(a.study.scenario, kind)
	}
	return bills
}

func (v *moneyView) does(a *App, what action) bool {
	by := rowsOf(what)
	switch {
	case by != 0 && v.part == whatItHangsOn:
		v.from = max(v.from+by, 0)
	case by != 0 && v.part <= lineByLine:
		v.at, v.below = max(min(v.at+by, len(categories(a.bills()))-1), 0), 0
	case by != 0:
	case what == detailUp && v.part == lineByLine:
		v.below = max(v.below-1, 0)
	case what == detailDown && v.part == lineByLine:
		v.below++
	case what == choose:
		v.part, _ = v.next()
	case what == back && v.part != theBill:
		v.part = theBill
	default:
		return false
	}
	return true
}

// picked moves the cursor to a category that was clicked on.
func (v *moneyView) picked(_ *App, at int) { v.at = at }

// leastLines is how many rows are left to the lines of a category below the bill: a heading, three
// lines, how many more there are, and what separates them.
const leastLines = 6

// amountWidth is how wide a column of amounts is.
const amountWidth = 12

func (v *moneyView) draw(a *App, area canvas.Area) {
	area = area.Left(mostWidth)
	a.weigh()
	const besides = 74 // From this width on there is room for both, side by side.
	if v.narrow = area.Width < besides; !v.narrow && v.part == theLosses {
		v.part = theBill
	}
	a.place(area, aList, 0)
	v.hangs = false
	bills := a.bills()
	all := categories(bills)
	v.at = max(min(v.at, len(all)-1), 0)
	switch v.part {
	case whatItHangsOn:
		v.hangs = true
		v.from, v.more = a.drawHangs(area, v.from)
		return
	case theLosses:
		a.drawLost(area, area.Height)
		return
	case lineByLine:
		if len(all) > 0 {
			v.drawAllLines(a, area, linesOf(area.Width, bills, all[v.at]), all[v.at])
			return
		}
		v.part = theBill
	case theBill:
	}
	y, half := 0, area.Width/2
	if !v.narrow {
		y = max(v.drawBill(a, area.Left(half+4), bills, all),
			a.drawLost(area.Right(half+7), area.Height-leastLines))
	} else {
		y = v.drawBill(a, area, bills, all)
	}
	area = area.Below(y + 1)
	v.low = false
	for _, category := range all {
		v.low = v.low || area.Height < 1+len(linesOf(area.Width, bills, category))
	}
	if len(all) > 0 {
		area = area.Below(v.drawLines(a, area, bills, all[v.at]) + 1)
	}
	if area.Height >= a.hangsHeight() {
		v.hangs = true
		a.drawHangs(area, 0)
	}
}

// drawBill writes what is paid a year for each category, and returns the row after it.
func (v *moneyView) drawBill(
	a *App, area canvas.Area, bills [2]cost.Bill, all []model.Category,
) int {
	columns := 3
	if area.Width < 3*amountWidth+18 {
		columns = 2 // There is no room for the difference.
	}
	label := area.Width - columns*amountWidth
	write := func(y int, style canvas.Style, name string, left, right model.Money) {
		area.Text(2, y, style, canvas.Fit(name, label-3))
		area.Ends(label+amountWidth, y, style, units.USD(left.USD()))
		area.Ends(label+2*amountWidth, y, style, units.USD(right.USD()))
		if columns == 3 {
			area.Ends(label+3*amountWidth, y, style, signed(right.USD()-left.USD()))
		}
	}
	area.Text(0, 0, canvas.Strong, "cost a year")
	for i := range a.pair {
		a.drawSide(area.Inner(label+i*amountWidth+1, 0, amountWidth-1, 1), i, true)
	}
	if columns == 3 {
		area.Ends(label+3*amountWidth, 0, canvas.Strong, "▶ minus ◀")
	}
	y := 1
	for i, category := range all {
		style := canvas.Plain
		if i == v.at {
			style = canvas.Selected
			area.Inner(0, y, area.Width, 1).Fill(style)
			area.Text(0, y, style, "›")
		}
		a.place(area.Inner(0, y, area.Width, 1), anEntry, i)
		write(y, style, category.String(), bills[0].InCategory(category), bills[1].InCategory(category))
		y++
	}
	if len(all) == 0 {
		area.Text(2, y, canvas.Dim, "the scenario states no price")
		return y + 1
	}
	write(y, canvas.Strong, "total", bills[0].Total(), bills[1].Total())
	write(y+1, canvas.Dim, "of it unverified", bills[0].Unverified(), bills[1].Unverified())
	return y + 2
}

// signed writes an amount with its sign.
func signed(usd float64) string {
	if usd > 0 {
		return "+" + units.USD(usd)
	}
	return units.USD(usd)
}

// lossLines are the parts of a loss, as `redoubt compare` names them.
var lossLines = []struct {
	name string
	of   func(l cost.Loss) model.Money
}{
	{"sales", func(l cost.Loss) model.Money { return l.Revenue }},
	{"lost writes", func(l cost.Loss) model.Money { return l.LostData }},
	{"conflicts", func(l cost.Loss) model.Money { return l.Conflicts }},
	{"lost sessions", func(l cost.Loss) model.Money { return l.Sessions }},
	{"people", func(l cost.Loss) model.Money { return l.People }},
	{"reputation", func(l cost.Loss) model.Money { return l.Reputation }},
}

// lostRow is a row of what is lost: by side, or an empty one without a name.
type lostRow struct {
	name  string
	cells [2]string
}

// lostRows are all rows of what is lost with each strategy, by what it is of, of what comes of it,
// and of the revenue and the hours at which each pays. Where tall, the interval of that revenue is
// in two rows, since a column has no room for both of its ends.
func (a *App) lostRows(tall bool) (rows []lostRow) {
	write := func(name string, of func(c *cost.Case) string) {
		row := lostRow{name: name}
		for i, kind := range a.pair {
			if r := a.result(kind); r != nil && r.Excuse == "" {
				row.cells[i] = of(&r.Case)
			}
		}
		rows = append(rows, row)
	}
	for _, line := range lossLines {
		write(line.name, func(c *cost.Case) string { return units.USD(line.of(c.LossLines).USD()) })
	}
	write("total", func(c *cost.Case) string { return units.USD(c.LossPerYear.Mean) })
	rows = append(rows, lostRow{})
	write("extra cost", func(c *cost.Case) string { return priced(c, c.Extra.USD()) })
	write("avoided loss", func(c *cost.Case) string { return units.USD(c.AvoidedPerYear.Mean) })
	write("net", func(c *cost.Case) string { return priced(c, c.NetPerYear.Mean) })
	write("breakeven $", func(c *cost.Case) string { return priced(c, c.BreakevenRevenue) })
	if tall {
		ends := func(c *cost.Case) model.Estimate { return c.BreakevenWithin }
		write(flipRow+" from", func(c *cost.Case) string { return priced(c, ends(c).Low) })
		write(flipRow+" to", func(c *cost.Case) string { return priced(c, ends(c).High) })
	} else {
		write(flipRow, func(c *cost.Case) string {
			if !c.Priced || c.Kind == model.SingleRegion {
				return units.None
			}
			return contrast.Flip(c, units.USD, "..")
		})
	}
	write("breakeven h", func(c *cost.Case) string {
		if !c.Priced {
			return units.None
		}
		return contrast.Hours(c.BreakevenHours)
	})
	return rows
}

// flipRow is the row of the revenues at which it is not certain whether a strategy pays.
const flipRow = "  95 %"

// fitted leaves out of the rows of what is lost what can be done without, until they are no more
// than that: what separates them, what is nothing in both, and then an interval.
func fitted(rows []lostRow, most int) []lostRow {
	for _, without := range []func(r lostRow) bool{
		func(r lostRow) bool { return r.name == "" },
		func(r lostRow) bool { return r.cells == [2]string{"$0", "$0"} },
		func(r lostRow) bool { return strings.HasPrefix(r.name, flipRow) },
	} {
		if len(rows) > most {
			rows = slices.DeleteFunc(rows, without)
		}
	}
	return rows
}

// drawLost writes what is lost a year with each strategy in at most so many rows, and returns the
// row after it.
func (a *App) drawLost(area canvas.Area, most int) int {
	const (
		widest = 16 // Both ends of an interval have room in that, with a gap.
		least  = 15
	)
	width := min(widest, area.Width/3)
	if area.Width < 2*amountWidth+18 {
		width = amountWidth - 3
	}
	column := func(i int) int { return area.Width - (1-i)*width }
	area.Text(0, 0, canvas.Strong, "lost a year")
	for i := range a.pair {
		a.drawSide(area.Inner(column(i)-width+1, 0, width-1, 1), i, true)
	}
	y := 1
	for _, row := range fitted(a.lostRows(width < least), most-1) {
		area.Text(0, y, canvas.Dim, canvas.Fit(row.name, area.Width-2*width-1))
		for i, text := range row.cells {
			area.Ends(column(i), y, canvas.Plain, text)
		}
		y++
	}
	return y
}

// priced writes an amount that rests on a price.
func priced(c *cost.Case, usd float64) string {
	if !c.Priced || c.Kind == model.SingleRegion {
		usd = math.NaN()
	}
	return units.USD(usd)
}
