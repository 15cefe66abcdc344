package cost_test

import (
	"fmt"

	"redoubt/cost"
	"redoubt/model"
)

func ExampleItemise() {
	s := &model.Scenario{
		Regions: []model.Region{{Name: "us-east-1"}, {Name: "eu-west-1"}},
		Populations: []model.Population{
			{Name: "americas", Share: 0.8, Nearest: 0}, {Name: "europe", Share: 0.2, Nearest: 1},
		},
		Bill: []model.BillLine{
			{Region: 0, Category: model.Compute, What: "EKS", PerYear: 80_000 * model.Dollar},
			{Region: 1, Category: model.Compute, What: "EKS", PerYear: 20_000 * model.Dollar},
			{Region: model.Global, Category: model.Edge, What: "CDN", PerYear: 5_000 * model.Dollar},
		},
	}
	bill := cost.Itemise(s, model.WarmStandby)
	for _, line := range bill.Lines {
		fmt.Printf("%-9s %-4s %8s  %s\n", line.Category, line.What, line.PerYear, line.Basis)
	}
	fmt.Println("a year:", bill.Total())
	// Output:
	// compute   EKS  $100,000  $80,000 for 80 % of the traffic, sized for all of it
	// compute   EKS   $25,000  25 % of $100,000, eu-west-1 sized for all traffic
	// edge      CDN    $5,000  as billed, for the whole estate
	// a year: $130,000
}

func ExampleJudge() {
	// roadmap-90-day: a $300,000 programme against eight hours at $5,707.76.
	verdict, reason := cost.Judge(300_000, 8*50e6/8760)
	fmt.Println(verdict)
	fmt.Println(reason)
	// Output:
	// abort
	// costs 6.57 times what it avoids ($300,000 against $45,662 a year); 5 or more means abort
}

func ExampleBreakevenHours() {
	const lossPerHour = 50e6 / 8760
	for _, avoided := range []float64{1, 0.98, 0.74} {
		hours := cost.BreakevenHours(300_000, lossPerHour, avoided)
		fmt.Printf("%3.0f %% of the hours avoided: %.1f h\n", 100*avoided, hours)
	}
	// Output:
	// 100 % of the hours avoided: 52.6 h
	//  98 % of the hours avoided: 53.6 h
	//  74 % of the hours avoided: 71.0 h
}
