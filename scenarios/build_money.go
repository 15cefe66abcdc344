package scenarios

import (
	"fmt"
	"strconv"
	"strings"

	"redoubt/model"
)

// place finds the region that a bill line belongs to.
func (b *builder) place(name text, path string) model.RegionID {
	if name == globalName {
		return model.Global
	}
	if id := b.region(name, path); id.Valid() {
		return id
	}
	return model.Global
}

// yearly takes an amount from the one of two keys that is given.
func (b *builder) yearly(month *money, year *yearlyMoney, path string) model.Money {
	switch {
	case b.d.isBroken(path+".per_month") || b.d.isBroken(path+".per_year"):
	case (month == nil) == (year == nil):
		b.problem(path+".per_month", "", "%s needs just one of the keys \"per_month\" and \"per_year\"",
			path)
	case year != nil:
		return model.Money(*year)
	case *month > money(mostMoney/12):
		b.problem(path+".per_month", "", "a year of it is at most %s, at %s a month",
			model.Money(mostMoney), model.Money(mostMoney/12))
	default:
		return model.Money(*month) * 12
	}
	return 0
}

func (b *builder) bill() {
	for i, l := range b.file.Bill {
		path := fmt.Sprintf("bill[%d]", i)
		b.s.Bill = append(b.s.Bill, model.BillLine{
			Region: b.place(l.Region, path+".region"), Category: category(l.Category),
			What: string(l.What), PerYear: b.yearly(l.PerMonth, l.PerYear, path),
			Source: optional(l.Source), Unverified: bool(l.Unverified),
		})
	}
}

func optional(t *text) string {
	if t == nil {
		return ""
	}
	return string(*t)
}

// resources prices things bottom-up, each into a line of the bill.
func (b *builder) resources() {
	for i, r := range b.file.Resource {
		path := fmt.Sprintf("resource[%d]", i)
		b.alias[fmt.Sprintf("bill[%d]", len(b.s.Bill))] = path
		line := model.BillLine{
			Region: b.place(r.Region, path+".region"), Category: category(r.Category),
			What:       strconv.FormatFloat(float64(r.Quantity), 'f', -1, 64) + " x " + string(r.Item),
			Unverified: bool(r.Unverified),
		}
		if price, ok := b.price(r, path); ok {
			units, _ := price.PerYear()
			line.PerYear = model.Dollars(float64(r.Quantity) * units * price.USD)
			line.Source = fmt.Sprintf("%s %s on %s (%s)", price.Unit,
				strconv.FormatFloat(price.USD, 'f', -1, 64), price.AsOf, price.Source)
			line.Unverified = line.Unverified || price.Verified == "no" || price.Verified == "unverified"
		}
		b.s.Bill = append(b.s.Bill, line)
	}
}

// price finds the price of a resource, and reports what the table does not have or cannot turn into
// a yearly cost.
func (b *builder) price(r resource, path string) (Price, bool) {
	if b.d.isBroken(path) {
		return Price{}, false
	}
	price, ok := PriceOf(string(r.Service), string(r.Item), string(r.Region))
	if !ok {
		b.unpriced(r, path)
		return price, false
	}
	if _, known := price.PerYear(); !known {
		b.problem(path+".item", "write it as a [[bill]] line with what you expect to use",
			"%s %s is priced in %s, which is no cost in a year", r.Service, clip(string(r.Item)), price.Unit)
		return price, false
	}
	return price, true
}

// unpriced says which part of a resource the table does not know.
func (b *builder) unpriced(r resource, path string) {
	var services, items, regions []string
	for _, p := range prices() {
		services = appendNew(services, p.Service)
		if p.Service == string(r.Service) {
			items = appendNew(items, p.Item)
			if p.Item == string(r.Item) {
				regions = appendNew(regions, p.Region)
			}
		}
	}
	switch {
	case items == nil:
		b.problem(path+".service", didYouMean(string(r.Service), services),
			"no price of a service %s is known", clip(string(r.Service)))
	case regions == nil:
		b.problem(path+".item", didYouMean(string(r.Item), items),
			"no price of %s %s is known", r.Service, clip(string(r.Item)))
	default:
		b.problem(path+".region", "known in "+strings.Join(regions, ", "),
			"no price of %s %s is known in %s", r.Service, clip(string(r.Item)), r.Region)
	}
}

func appendNew(list []string, word string) []string {
	if indexOf(list, word) < 0 {
		list = append(list, word)
	}
	return list
}

func (b *builder) referenceBills() {
	for i, r := range b.file.ReferenceBill {
		made := model.ReferenceBill{Name: string(r.Name)}
		for j, l := range r.Line {
			path := fmt.Sprintf("reference_bill[%d].line[%d]", i, j)
			made.Lines = append(made.Lines, model.BillLine{
				Region: model.Global, Category: category(l.Category), What: string(l.What),
				PerYear: b.yearly(l.PerMonth, l.PerYear, path),
				Source:  optional(l.Source), Unverified: bool(l.Unverified),
			})
		}
		b.s.Reference = append(b.s.Reference, made)
	}
}

// strategies lays what the file says over the defaults of each strategy that it runs.
func (b *builder) strategies() {
	wanted := map[model.StrategyKind]bool{}
	for i, name := range b.file.Strategies {
		kind, _ := model.ParseStrategy(string(name))
		if wanted[kind] && kind != 0 {
			b.problem(fmt.Sprintf("strategies[%d]", i), "", "%s is listed twice", quote(string(name)))
		}
		wanted[kind] = true
	}
	for _, kind := range model.StrategyKinds() {
		if b.file.Strategies == nil || wanted[kind] {
			b.s.Strategies = append(b.s.Strategies, model.DefaultStrategy(kind))
		}
	}
	for i := range b.file.Strategy {
		overlay := &b.file.Strategy[i]
		path := "strategy." + overlay.key
		kind, _ := model.ParseStrategy(overlay.key)
		if b.file.Strategies != nil && !wanted[kind] {
			b.problem(path, "", "%s is not among the strategies that this file lists", overlay.key)
		}
		for j := range b.s.Strategies {
			if b.s.Strategies[j].Kind == kind {
				b.overlay(&b.s.Strategies[j], &overlay.value, path)
			}
		}
	}
}

// overlay changes what the file speaks of, and refuses what nothing reads for this kind of
// strategy.
func (b *builder) overlay(to *model.Strategy, from *strategyTable, path string) {
	kind := to.Kind
	b.refuse(path, "standby", from.Standby != nil && !kind.HasStandby(), "has no idle standby region")
	b.refuse(path, "serving", from.Serving != nil && !kind.ServesReads(), "serves from one region")
	b.refuse(path, "mode", from.Mode != nil && kind == model.SingleRegion, "never fails over")
	b.refuse(path, "scale", from.Scale != nil && kind == model.SingleRegion, "never fails over")
	b.refuse(path, "replace_stores", from.ReplaceStores != nil && !kind.MultiWriter(),
		"keeps one writer")
	for _, s := range from.Standby {
		to.Standby[category(text(s.key))] = float64(s.value)
	}
	for _, s := range from.Serving {
		to.Serving[category(text(s.key))] = float64(s.value)
	}
	if from.Mode != nil {
		to.Mode = chosen(*from.Mode, modes)
	}
	if from.Scale != nil {
		to.Scale = from.Scale.Distribution
	}
	if from.ReplaceStores != nil {
		to.ReplaceStores = bool(*from.ReplaceStores)
	}
	if from.ExtraPerYear != nil {
		to.ExtraPerYear = model.Money(*from.ExtraPerYear)
	}
	if from.OneTime != nil {
		to.OneTime = model.Money(*from.OneTime)
	}
}

func (b *builder) refuse(path, key string, refused bool, why string) {
	if refused {
		b.problem(path+"."+key, "", "%s.%s is never read: the strategy %s", path, key, why)
	}
}
