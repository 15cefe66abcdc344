package cost

import (
	"math"
	"slices"

	"redoubt/model"
)

// Total returns the exact sum of the lines, in micro-dollars a year. What is beyond the range of
// model.Money, $9.2 trillion, stays at its end.
func (b Bill) Total() model.Money {
	return b.sum(func(Line) bool { return true })
}

// PerMonth returns a twelfth of the total, to the nearest micro-dollar.
func (b Bill) PerMonth() model.Money { return model.Dollars(b.Total().USD() / 12) }

// InRegion returns what is paid a year in one region, or globally for model.Global.
func (b Bill) InRegion(r model.RegionID) model.Money {
	return b.sum(func(line Line) bool { return line.Region == r })
}

// InCategory returns what is paid a year for one category, in all regions.
func (b Bill) InCategory(c model.Category) model.Money {
	return b.sum(func(line Line) bool { return line.Category == c })
}

// Regions returns the regions that have a line, in their order; model.Global comes last.
func (b Bill) Regions() []model.RegionID {
	var regions []model.RegionID
	for _, line := range b.Lines {
		regions = append(regions, line.Region)
	}
	slices.Sort(regions)
	return slices.Compact(regions)
}

// Unverified returns the part of the total that rests on a line nobody checked or on an assumed
// share.
func (b Bill) Unverified() model.Money {
	return b.sum(func(line Line) bool { return line.Unverified })
}

func (b Bill) sum(counts func(Line) bool) model.Money {
	var total model.Money
	for _, line := range b.Lines {
		if counts(line) {
			total = plus(total, line.PerYear)
		}
	}
	return total
}

// plus adds two amounts. A sum beyond the range stays at its end, so that an absurd loss is not
// taken for a gain.
func plus(a, b model.Money) model.Money {
	switch sum := a + b; {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	default:
		return sum
	}
}

// AsBilled returns the estate as it runs today: every line of the scenario, as it stands.
func AsBilled(s *model.Scenario) Bill {
	var b Bill
	for _, billed := range s.Bill {
		b.Lines = append(b.Lines, asBilled(billed, "as billed"))
	}
	return b
}

// Unscaled returns the primary region's lines and the global ones as they stand: a single region
// that carries only the primary's own share of the traffic. It is the comparison that flatters a
// single region, shown beside the honest one (Itemise of model.SingleRegion) and never used for a
// verdict.
func Unscaled(s *model.Scenario) Bill {
	b := Bill{Strategy: model.SingleRegion}
	for _, billed := range s.Bill {
		if billed.Region == s.Primary() || billed.Region == model.Global {
			b.Lines = append(b.Lines, asBilled(billed, "as billed, for the primary's own traffic"))
		}
	}
	return b
}

// asBilled copies a line of the scenario's bill without a change to its amount.
func asBilled(billed model.BillLine, basis string) Line {
	return Line{
		Region: billed.Region, Category: billed.Category, What: billed.What, PerYear: billed.PerYear,
		Basis: basis, Source: billed.Source, Unverified: billed.Unverified,
	}
}

// secondsPerYear is model.Year in seconds.
const secondsPerYear = model.HoursPerYear * 3600

// CostPerMillionRequests returns what a bill comes to for each million requests, in USD. It is 0
// when there is no traffic.
func CostPerMillionRequests(b Bill, traffic model.Traffic) float64 {
	millions := traffic.RequestsPerSecond * secondsPerYear / 1e6
	if millions <= 0 {
		return 0
	}
	return b.Total().USD() / millions
}

// Contrast is a bill beside another estate's.
type Contrast struct {
	// Name of the other estate, and its yearly total.
	Name  string
	Total model.Money
	// Saving is the share of the other's total that the bill is below it, in (-inf, 1]; 0 when the
	// other costs nothing.
	Saving float64
	// PerMillion is what the other costs for each million requests of the same traffic, in USD.
	PerMillion float64
	// Unverified is the part of the other's total that nobody checked.
	Unverified model.Money
}

// Against sets a bill beside a reference bill, both for the same traffic.
func Against(b Bill, reference model.ReferenceBill, traffic model.Traffic) Contrast {
	var other Bill
	for _, billed := range reference.Lines {
		other.Lines = append(other.Lines, asBilled(billed, "as published"))
	}
	contrast := Contrast{
		Name: reference.Name, Total: other.Total(), PerMillion: CostPerMillionRequests(other, traffic),
		Unverified: other.Unverified(),
	}
	if contrast.Total > 0 {
		contrast.Saving = 1 - b.Total().USD()/contrast.Total.USD()
	}
	return contrast
}
