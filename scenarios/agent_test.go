package scenarios_test

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
)

// agentFixture is a file of an agent, and the scenario that it goes with.
func agentFixture(t *testing.T) (string, *model.Scenario) {
	t.Helper()
	data, err := os.ReadFile("testdata/agent/scenario.toml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenarios.Read("scenario.toml", data)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile("testdata/agent/good.toml")
	if err != nil {
		t.Fatal(err)
	}
	return string(file), s
}

func TestAnAgentsFile(t *testing.T) {
	file, s := agentFixture(t)
	got, err := scenarios.ReadAgent("/etc/redoubt/agent.toml", []byte(file), s, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := &scenarios.Agent{
		Data: "/etc/redoubt/state", Strategy: model.HotStandby, Shadow: true, SnapshotAt: 1000,
		Listen: scenarios.Listen{
			Peers: "10.1.0.4:7400", Gossip: "10.1.0.4:7401", API: "10.1.0.4:7402", DNS: "10.1.0.4:53",
		},
		Identity: scenarios.Identity{
			Certificate: "/etc/redoubt/us-east-1.pem", Key: "/etc/redoubt/us-east-1.key",
			Authority: "/etc/redoubt/authority.pem", GossipKeys: "/etc/redoubt/gossip.keys",
			Tokens: "/etc/redoubt/tokens", APICertificate: "/etc/redoubt/api.pem",
			APIKey: "/etc/redoubt/api.key", APIAuthority: "/etc/redoubt/people.pem",
		},
		Readiness: []scenarios.Measurement{{}, {
			Command: []string{"/usr/local/bin/images", "--all"}, Every: 5 * time.Minute,
			Timeout: 30 * time.Second,
		}},
		Capacity: scenarios.Measurement{
			Command: []string{"/usr/local/bin/capacity"}, Every: time.Minute, Timeout: 10 * time.Second,
		},
		Zone: &scenarios.Zone{
			Origin: "shop.example.", Service: "www.shop.example.", Mailbox: "hostmaster.shop.example.",
			Servers: []string{"ns1.shop.example."}, PerSecond: 50,
			Hosts: map[string][]string{"ns1.shop.example.": {"203.0.113.53"}},
		},
	}
	want.Stores[0] = scenarios.StoreFile{
		Guard: "/run/redoubt/guard.sock",
		Servers: map[model.RegionID]string{
			0: "host=10.1.0.9 user=redoubt", 1: "host=10.2.0.9 user=redoubt",
		},
		Follow: map[model.RegionID]string{0: "host=10.1.0.9 user=replica"},
		Data:   "/var/lib/postgresql/15/main", Programs: "/usr/lib/postgresql/15/bin",
	}
	want.Stores[1] = scenarios.StoreFile{
		Servers: map[model.RegionID]string{0: "host=10.1.0.8", 1: "host=10.2.0.8"},
		Follow:  map[model.RegionID]string{}, Data: "/srv/carts",
		Stop:  []string{"/usr/bin/systemctl", "stop", "carts"},
		Start: []string{"/usr/bin/systemctl", "start", "carts"},
	}
	want.Services = goodServices
	want.Places[0] = scenarios.Place{
		Peers: "10.1.0.4:7400", Gossip: "10.1.0.4:7401",
		Address: []string{"203.0.113.1", "2001:db8::1"},
		Addresses: map[string]string{
			"host": "10.1.0.9", "orders": "host=10.1.0.9", "resolver": "10.1.0.2", "public": "x",
			"gateway": "10.1.0.1", "portal": "p",
		},
	}
	want.Places[1] = scenarios.Place{
		Peers: "agent.eu.example:7400", Gossip: "agent.eu.example:7401",
		Address: []string{"203.0.113.2"},
		Addresses: map[string]string{
			"host": "10.2.0.9", "orders": "host=10.2.0.9", "resolver": "10.2.0.2", "public": "y",
		},
	}
	want.Places[2] = scenarios.Place{
		Peers: "10.3.0.4:7400", Gossip: "10.3.0.4:7401", Addresses: map[string]string{},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

// goodServices are those of the good file.
var goodServices = map[string]scenarios.Service{
	"grow": {
		Command: []string{"/usr/local/bin/grow", "--fast"}, Look: []string{"/usr/local/bin/grown"},
		Environment: []string{"REGION=us-east-1"}, Headers: map[string]string{},
	},
	"names": {NameServers: []string{"10.2.0.4:53"}, Headers: map[string]string{}},
	"freezer": {
		URL: "https://deploy.example/freeze", LookURL: "https://deploy.example/frozen",
		Secrets: []string{"/etc/redoubt/freezer.key", "/etc/redoubt/freezer-old.key"},
		Headers: map[string]string{"X-Team": "shop"},
	},
	"pager": {
		URL: "https://events.pagerduty.com/v2/enqueue", RoutingKey: "/etc/redoubt/pager.key",
		Headers: map[string]string{},
	},
	"change-board": {
		URL: "http://127.0.0.1:9000/ask", Secrets: []string{"/etc/redoubt/board.key"},
		Headers: map[string]string{},
	},
}

// badAgents are what is put into the good file in place of something, and what is said of it then.
var badAgents = []struct{ in, out, want string }{
	{`schema = 1`, `schema = 2`, "2:10: schema 2 is not known"},
	{`data = "state"`, ``, `1:1: the file needs the key "data"`},
	{`"hot-standby"`, `"hot-stand-by"`, `"hot-stand-by" is no strategy (did you mean "hot-standby"?)`},
	{`shadow = true`, `shadows = true`, `nothing reads the key "shadows"`},
	{`api = "10.1.0.4:7402"`, `api = ":7402"`, "11:7: listen.api names no host"},
	{`api = "10.1.0.4:7402"`, `api = "agent:7402"`, `"agent" is none`},
	{`api = "10.1.0.4:7402"`, `api = "10.1.0.4"`, "listen.api is no host and port"},
	{`api = "10.1.0.4:7402"`, `api = "10.1.0.4:70000"`, "listen.api is no host and port"},
	{`dns = "10.1.0.4:53"`, ``, "listen.dns and [zone] go together"},
	{`api_certificate = "api.pem"`, ``, "listen.api is not on loopback, and has no certificate"},
	{`api_key = "api.key"`, ``, "identity.api_certificate and identity.api_key go together"},
	{`[region.eu-west-1]`, `[region.eu-west-2]`,
		`"eu-west-2" is no region of the scenario probes (did you mean "eu-west-1"?)`},
	{`[region.eu-west-1]`, `[region.eu-west-2]`,
		"no place is said of eu-west-1, in the scenario probes (write [region.eu-west-1])"},
	{`peers = "10.3.0.4:7400"`, `peers = "10.3.0.4:0"`, "region.eu-central-1.peers has port 0"},
	{`"203.0.113.2"`, `"nowhere"`, "region.eu-west-1.address[0] is no IP address"},
	{`address = ["203.0.113.2"]`, ``, `region.eu-west-1 needs the key "address"`},
	{`, public = "y"`, ``, `region.eu-west-1.addresses needs "public"`},
	{`gateway = "10.1.0.1", `, ``, `region.us-east-1.addresses needs "gateway"`},
	{`public = "y"`, `public = "y", gateway = "z"`, "nothing in the scenario has {gateway}"},
	{`[store.orders]`, `[store.order]`, `"order" is no store of the scenario probes`},
	{`[readiness.images]`, `[readiness.image]`, `the policy of probes asks for no "image"`},
	{`"/usr/local/bin/capacity"`, `"capacity"`, "capacity.command names no program"},
	{`every = "5m"`, `every = "5s"`, "readiness.images.every is at least readiness.images.timeout"},
	{`"203.0.113.53"`, `"x"`, "is no IP address"},
	{`per_second = "50/s"`, `per_second = 50`, "50 has no unit"},
	{`data = "state"`, `data = "state`, "3:"},
	{`servers = {`, `# servers = {`, `the executor "database" needs the servers of "orders"`},
	{`follow = { us-east-1`, `follow = { us-east-2`, `"us-east-2" is no region of the scenario`},
	{`data = "/var/lib/postgresql/15/main"`, ``, "no folder is named"},
	{`programs = "/usr/lib`, "stop = ['/bin/x']\nprograms = \"/usr/lib", "which stops and starts it"},
	{`[executor.grow]`, `[executor.glow]`, `"glow" is no executor of the scenario probes`},
	{`[executor.grow]`, `[executor.glow]`, `nothing says where the executor "grow" is`},
	{`[executor.names]`, `[executor.database]`, "executor.database.name_servers is never read"},
	{`["/usr/local/bin/grow", "--fast"]`, `["grow"]`, "executor.grow.command is searched for nowhere"},
	{`secrets = ["board.key"]`, ``, `hook.change-board needs the key "secrets"`},
	{`routing_key = "pager.key"`, ``, `executor.pager needs the key "routing_key"`},
	{`[executor.pager]`, "[executor.pager]\nsecrets = ['x']", "executor.pager.secrets is never read"},
	{`"http://127.0.0.1:9000/ask"`, `"http://10.0.0.1/ask"`, "is read by whoever is on the way"},
	{`"https://deploy.example/frozen"`, `"frozen"`, "executor.freezer.look_url is no URL"},
	{`"10.2.0.4:53"`, `"10.2.0.4"`, "name_servers[0] is no host and port"},
}

func TestAgentsFilesThatAreWrong(t *testing.T) {
	file, s := agentFixture(t)
	for _, c := range badAgents {
		if !strings.Contains(file, c.in) {
			t.Fatalf("the good file has no %s", c.in)
		}
		_, err := scenarios.ReadAgent("a.toml", []byte(strings.Replace(file, c.in, c.out, 1)), s, 0)
		var problems scenarios.Problems
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), "a.toml:") ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("with %q in place of %q: got\n%v\nwant it to say %q", c.out, c.in, err, c.want)
		}
	}
	s.Strategies = nil
	_, err := scenarios.ReadAgent("a.toml", []byte(file), s, 0)
	if err == nil || !strings.Contains(err.Error(), "has no strategy hot-standby") {
		t.Errorf("got %v, want a strategy that the scenario does not have to be refused", err)
	}
	_, s = agentFixture(t)
	s.Stores[0].Guarded = false
	without := file[:strings.Index(file, "[zone]")]
	without = strings.Replace(without, `dns = "10.1.0.4:53"`, "", 1)
	_, err = scenarios.ReadAgent("a.toml", []byte(without), s, 0)
	if err == nil || !strings.Contains(err.Error(), `the executor "names" looks at a zone`) {
		t.Errorf("got %v, want a zone to be missed", err)
	}
	_, err = scenarios.ReadAgent("a.toml", []byte(file), s, 0)
	if err == nil || !strings.Contains(err.Error(), `says of "orders" that it has no guard`) {
		t.Errorf("got %v, want a guard that the scenario does not know of to be refused", err)
	}
}

// All that is wrong with a file is said at once.
func TestAgentsFilesSayEverything(t *testing.T) {
	file, s := agentFixture(t)
	whole := strings.NewReplacer(
		`"hot-standby"`, `"hot"`, `"10.1.0.4:53"`, `"x"`, `"203.0.113.2"`, `"x"`)
	_, err := scenarios.ReadAgent("a.toml", []byte(whole.Replace(file)), s, 0)
	var problems scenarios.Problems
	if !errors.As(err, &problems) || len(problems) != 3 {
		t.Errorf("got %v, want three problems", err)
	}
}

func TestAgentSchemaIsCurrent(t *testing.T) {
	golden(t, "agent.schema.json", scenarios.AgentSchema())
}

func TestEveryKeyOfAnAgentIsDescribedAndTried(t *testing.T) {
	file, _ := agentFixture(t)
	tables, keys := scenarios.AgentKeys()
	for _, table := range tables {
		for _, key := range keys[table] {
			if key.Meaning == "" || !strings.HasSuffix(key.Meaning, ".") {
				t.Errorf("%s.%s has no sentence that describes it", table, key.Key)
			}
			if !strings.Contains(file, key.Key) {
				t.Errorf("the good file has no %s of %s", key.Key, table)
			}
		}
	}
}
