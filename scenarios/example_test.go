package scenarios_test

import (
	"fmt"

	"redoubt/scenarios"
)

func ExampleLoad() {
	s, err := scenarios.Load("budget-three-region")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range s.Regions {
		fmt.Printf("%s is %.0f %% full\n", r.Name, 100*r.Utilisation)
	}
	// Output:
	// us-east-1 is 87 % full
	// eu-west-1 is 87 % full
	// ap-southeast-1 is 87 % full
}

func ExampleRead() {
	_, err := scenarios.Read("shop.toml", []byte("schema = 1\nname = \"shop\"\ntitel = \"Shop\"\n"+
		"[policy]\nhold_down = 60\n[run]\ntrials = -1\n"))
	fmt.Println(err)
	// Output:
	// shop.toml:1:1: business needs the key "revenue_per_year"
	// shop.toml:1:1: the file needs the key "check"
	// shop.toml:1:1: the file needs the key "population"
	// shop.toml:1:1: the file needs the key "region"
	// shop.toml:1:1: the file needs the key "store"
	// shop.toml:1:1: traffic needs the key "requests"
	// shop.toml:1:1: traffic needs the key "write_share"
	// shop.toml:3:1: nothing reads the key "titel" at the top level (did you mean "title"?)
	// shop.toml:5:13: policy.hold_down: 60 has no unit (write a duration, for instance "90s")
	// shop.toml:7:10: run.trials is from 0 to 1000000000, is "-1"
}

func ExampleLatency() {
	rtt, known := scenarios.Latency("us-east-1", "eu-west-1")
	fmt.Println(rtt, known)
	// Output: 69.601ms true
}
