package scenarios_test

import (
	"strings"
	"testing"

	"redoubt/scenarios"
)

// TestAmountsAsPeopleTypeThem reads amounts of a year and others, and says how a file has them.
func TestAmountsAsPeopleTypeThem(t *testing.T) {
	for _, test := range []struct {
		text, written string
		usd           float64
	}{
		{"$75.0M/yr", "$75.0M", 75e6}, {"75 m", "$75M", 75e6}, {"$75M/year", "$75M", 75e6},
		{"1e9", "$1000000000", 1e9}, {"1,200.50", "$1,200.50", 1200.5}, {" $ 3k ", "$3k", 3e3},
		{"$2b", "$2B", 2e9}, {"", "", 0}, {"0", "", 0}, {"-5k", "", 0}, {"75M/month", "", 0},
		{"2/year/yr", "", 0}, {"1,2,3", "", 0}, {"2e12", "", 0}, {"inf", "", 0}, {"$90s", "", 0},
		{"$1.0000000001", "", 0}, // Finer than a micro-dollar.
	} {
		written, usd, ok := scenarios.Amount(test.text)
		if ok != (test.written != "") || ok && (written != test.written || usd != test.usd) {
			t.Errorf("%q: got %q, %v, %v; want %q, %v", test.text, written, usd, ok, test.written, test.usd)
		}
	}
}

// TestAYearlyAmountMaySaySo has keys of a year take an amount of a year, and no others: what is
// lost with one write is none.
func TestAYearlyAmountMaySaySo(t *testing.T) {
	for _, test := range []struct{ path, value, problem string }{
		{"business.revenue_per_year", "$75.0M/yr", ""}, {"business.revenue_per_year", "$80M/year", ""},
		{"strategy.warm-standby.extra_per_year", "$9k/year", ""},
		{"business.lost_write", "$20/yr", `"$20/yr" is not an amount of money`},
		{"business.revenue_per_year", "$75M/month", `is not an amount of money in a year`},
	} {
		edit := scenarios.Edit{Path: test.path, Value: test.value}
		s, err := scenarios.Load("ecommerce-three-region", edit)
		switch {
		case test.problem == "" && err != nil:
			t.Errorf("%s=%s: %v", test.path, test.value, err)
		case test.problem != "" && (err == nil || !strings.Contains(err.Error(), test.problem)):
			t.Errorf("%s=%s: got %v, want %q", test.path, test.value, err, test.problem)
		case test.value == "$75.0M/yr" && s.Business.RevenuePerYear.USD() != 75e6:
			t.Errorf("%s is %v", test.value, s.Business.RevenuePerYear)
		}
	}
}
