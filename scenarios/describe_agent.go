package scenarios

// meaning says what a key is for.
func meaning(f field) string {
	if text, known := agentDescriptions[f.table+"."+f.key]; known {
		return text
	}
	return descriptions[f.table+"."+f.key]
}

// agentDescriptions say what each key of an agent's file means, as descriptions do of a scenario's.
var agentDescriptions = map[string]string{
	"agentFile.schema": "Version of the format: 1.",
	"agentFile.data": "Folder of the log, its snapshots and the archive. It has to outlast the " +
		"machine's restarts, and no two agents share it.",
	"agentFile.strategy": "Which of the scenario's strategies runs. All agents have the same one.",
	"agentFile.shadow": "Whether the agent decides with the others, and only says what it would do: " +
		"beside another tool, or to see what would come.",
	"agentFile.listen":   "Where the agent listens. By default on loopback alone.",
	"agentFile.identity": "Who the agent is, and whom it believes.",
	"agentFile.region": "Where each region of the scenario is, by its name: this one, the others " +
		"and the witnesses.",
	"agentFile.store":     "What belongs to this region's copy of a store, by the store's name.",
	"agentFile.executor":  "Where each executor of the scenario is that is somewhere, by its name.",
	"agentFile.hook":      "Where each hook of the scenario is, by its name.",
	"agentFile.readiness": "How each item of the scenario's policy.readiness is looked at.",
	"agentFile.capacity": "How this region's capacity is looked at. By default it is what the " +
		"strategy keeps running there.",
	"agentFile.zone": "The DNS zone that the agent answers for. By default none.",
	"agentFile.snapshot_entries": "After how many entries the log is cut off behind a snapshot. The " +
		"archive keeps them.",

	"agentListen.peers":  "Address for the other agents: mutual TLS.",
	"agentListen.gossip": "Address for gossip, over UDP and TCP: encrypted.",
	"agentListen.api":    "Address for people and programs. Beyond loopback it needs a certificate.",
	"agentListen.dns":    "Address for DNS, over UDP and TCP. It needs a [zone].",

	"agentIdentity.certificate": "The agent's certificate, which names its region. It is read anew " +
		"when it changes.",
	"agentIdentity.key":         "The key of the certificate.",
	"agentIdentity.authority":   "Certificates of whoever signs those of agents.",
	"agentIdentity.gossip_keys": "Keys of gossip, one in each line, in base64. The first one sends.",
	"agentIdentity.tokens": "Who may ask the API: in each line a name, a role (viewer, operator) " +
		"and the SHA-256 of a token.",
	"agentIdentity.api_certificate": "Certificate of the API. By default it speaks without TLS, on " +
		"loopback.",
	"agentIdentity.api_key": "The key of that certificate.",
	"agentIdentity.api_authority": "Whose certificates of people count: the common name is who, an " +
		"organisational unit the role. By default only tokens do.",

	"agentRegion.peers":  "Where its agent is reached by the others.",
	"agentRegion.gossip": "Where its agent is reached by gossip.",
	"agentRegion.address": "What DNS answers for the region: IP addresses. With a [zone] every " +
		"workload region needs one.",
	"agentRegion.addresses": "What stands in braces in the scenario's probes and executors, by name.",

	"agentStore.guard": "Socket of the guard of this region's copy. Without one the store is fenced " +
		"by its executor.",
	"agentStore.servers": "Connection string of the server in each region, by its name, of a role " +
		"that may do what executors do. Passwords belong into a passfile.",
	"agentStore.follow": "What those who follow each region's server have as their " +
		"primary_conninfo. By default they are not repointed.",
	"agentStore.data": "Folder of this region's copy, where its files are on this machine: it is " +
		"archived and rewound there.",
	"agentStore.programs": "Folder of pg_rewind and the others. By default where distributions put " +
		"them.",
	"agentStore.stop": "Program that stops a server that no guard runs, such as systemctl, as the " +
		"agent's user. By default pg_ctl, as the owner of data.",
	"agentStore.start": "Program that starts it, as the agent's user.",

	"agentService.command": "Program of a command, by its whole path, and its arguments.",
	"agentService.look": "Program that says whether a step was done: 0 is yes, 1 no. By default " +
		"nobody can tell.",
	"agentService.environment": "What a command sees of an environment beside the step.",
	"agentService.url":         "Where messages are posted.",
	"agentService.look_url": "Where it is asked whether a step was done. By default nobody can " +
		"tell.",
	"agentService.secrets": "Files with the keys that messages are signed with, each as whsec_ and " +
		"base64. More than one lets them be replaced.",
	"agentService.headers":      "Headers that are sent along, such as a token.",
	"agentService.routing_key":  "File with the key of an integration of PagerDuty's Events API v2.",
	"agentService.name_servers": "Name servers of the other regions, with their ports.",

	"agentMeasurement.command": "Program, by its whole path, and its arguments. For an item it " +
		"exits with 0 if that is ready, and with 75 if it cannot tell; for the capacity it prints a " +
		"share, as 50%.",
	"agentMeasurement.every":   "Time between two looks.",
	"agentMeasurement.timeout": "Time after which a look that has not ended says nothing.",

	"agentZone.origin":     "Name of the zone, such as \"example.org.\".",
	"agentZone.service":    "Name in it that follows the decisions.",
	"agentZone.mailbox":    "Who answers for it, as a SOA record has it: \"hostmaster.example.org.\".",
	"agentZone.servers":    "Names of its name servers.",
	"agentZone.hosts":      "Fixed addresses in it, by name: those of its name servers.",
	"agentZone.per_second": "Answers over UDP to one network in a second. 0/s is no bound.",
}
