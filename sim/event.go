package sim

import (
	"redoubt/failover"
	"redoubt/model"
)

// kind says what an item of the queue is.
type kind uint8

// The kinds of items.
const (
	evFault kind = iota
	evHeal
	evProbe
	evProbed
	evMail
	evTick
	evElect
	evDeadline
	evRenewed
	evLearn
	evStart
	evFinish
	evSettle
	evApprove
	evReturn
	evLift
	evDepose
	evCensus
	evSpoil
	evDeclare
	evNews
	evPulse
	evBend
	evRelease
	evSize
	evOutlast
	evStumble
	evWeigh
	evCredit
	evAsk
	evGet
	evLapse
)

// dispatch hands an item to who it is for.
func (w *world) dispatch(it *item) {
	a, b := model.RegionID(it.a), model.RegionID(it.b)
	switch it.kind {
	case evFault:
		w.fault(it.c, true)
	case evHeal:
		w.fault(it.c, false)
	case evProbe:
		w.probe(a, b, int(it.c))
	case evProbed:
		w.probed(a, b, it.c)
	case evMail:
		w.deliver(it.c, it.a)
	case evTick:
		w.tick(it.c)
	case evElect:
		w.elect(it.c)
	case evDepose:
		w.stepDown()
	case evCensus:
		w.census()
	case evDeadline:
		w.deadline(a, int(it.b))
	case evRenewed:
		w.renewed(a, int(it.b), it.c)
	case evLearn:
		w.learn(it.a, failover.StepKind(it.b), it.c)
	case evStart:
		w.start(it.a, it.c)
	case evFinish:
		w.finish(it.a, it.c)
	case evSettle:
		w.settle()
	case evApprove:
		w.approve(a, model.RegionID(it.b), it.c)
	case evReturn:
		w.comeBack(a, it.c)
	case evSpoil:
		w.arrived(a, int(it.b), model.RegionID(it.c))
	case evDeclare:
		w.declare(int(it.a), it.b == 1)
	case evLift:
		w.liftBrake(a)
	case evNews:
		w.news(it.c)
	case evPulse:
		w.pulse(*it)
	case evBend:
		w.bend()
	case evRelease:
		w.rollOut(int(it.a), it.b, it.c)
	case evSize:
		w.sized()
	case evOutlast:
		w.outlasted(a, int(it.b), it.c)
	case evStumble:
		w.stumble(a, b, int(it.c))
	case evWeigh:
		w.weigh()
	case evCredit:
		w.credited()
	case evLapse:
		w.lapse(it.c)
	case evAsk:
		w.askForCapacity()
	case evGet:
		w.getCapacity()
	}
}
