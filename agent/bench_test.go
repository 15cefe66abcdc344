package agent

import "testing"

// BenchmarkApply is an entry: decided, held against the safety rules, hashed and archived.
func BenchmarkApply(b *testing.B) {
	entries := recordedEntries(b, recordings[0])
	r := replicaIn(b, b.TempDir())
	index := uint64(0)
	for i := 0; b.Loop(); i++ {
		if i%len(entries) == 0 {
			b.StopTimer()
			r = replicaIn(b, b.TempDir())
			index = 0
			b.StartTimer()
		}
		entry := *entries[i%len(entries)]
		index++
		entry.Index = index
		if err := r.Apply(&entry); err != nil {
			b.Fatal(err)
		}
	}
}
