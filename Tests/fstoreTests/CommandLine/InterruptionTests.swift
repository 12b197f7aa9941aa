import Columnar
import Foundation
import Synchronization
import Testing

@testable import fstore

@Suite struct InterruptionTests {
    /// What happened, in order.
    private final class Events: Sendable {
        private let list = Mutex<[String]>([])
        var all: [String] { list.withLock { $0 } }
        func add(_ event: String) { list.withLock { $0.append(event) } }
    }

    private let events = Events()

    private func interruption() -> Interruption { Interruption { [events] in events.add("exit \($0)") } }
    private func cleanup(_ name: String) -> @Sendable () -> Void { { [events] in events.add(name) } }

    @Test func cleanupsRunNewestFirstBeforeTheProcessEnds() {
        let interruption = interruption()
        interruption.withCleanup(cleanup("outer")) {
            interruption.withCleanup(cleanup("inner")) { interruption.receive(SIGINT) }
        }
        #expect(events.all == ["inner", "outer", "exit 130"])
    }

    @Test func workThatIsDoneLeavesNothingToCleanUp() {
        struct Failure: Error {}
        let interruption = interruption()
        interruption.withCleanup(cleanup("done")) {}
        #expect(throws: Failure.self) { try interruption.withCleanup(cleanup("failed")) { throw Failure() } }
        interruption.receive(SIGTERM)
        #expect(events.all == ["exit 143"])
    }

    @Test func aSecondSignalDoesNotWaitForCleanups() {
        let interruption = interruption()
        let slow: @Sendable () -> Void = { [events] in
            events.add("slow")
            interruption.receive(SIGINT)
        }
        interruption.withCleanup(slow) { interruption.receive(SIGINT) }
        #expect(events.all == ["slow", "exit 130", "exit 130"])
    }

    @Test func workThatLooksIsStoppedAndTheProcessGoesOn() throws {
        let interruption = interruption()
        let signaller = Thread { interruption.receive(SIGINT) }
        #expect(throws: DataError.stopped) {
            try interruption.stopping {
                try Cancellation.check()
                signaller.start()
                while true { try Cancellation.check() }
            }
        }
        while !signaller.isFinished { usleep(1000) }
        #expect(events.all.isEmpty)
        #expect(interruption.status == 130)
    }

    @Test func workThatDoesNotLookEndsWithTheProcess() {
        let interruption = Interruption(timeToNotice: 0.01) { [events] in events.add("exit \($0)") }
        interruption.withCleanup(cleanup("restored")) {
            interruption.stopping { interruption.receive(SIGTERM) }
        }
        #expect(events.all == ["restored", "exit 143"])
    }

    @Test func aSecondSignalDoesNotWaitForWorkToStop() {
        let interruption = interruption()
        interruption.stopping {
            let first = Thread { interruption.receive(SIGINT) }
            first.start()
            while (try? Cancellation.check()) != nil {}
            interruption.receive(SIGINT)
            #expect(events.all == ["exit 130"])
        }
    }

    @Test func whoWaitsForASignalEndsTheWorkInItsOwnWay() {
        let interruption = interruption()
        let signaller = Thread {
            while !interruption.isAwaited { usleep(1000) }
            interruption.receive(SIGTERM)
        }
        signaller.start()
        #expect(interruption.waitForSignal() == SIGTERM)
        #expect(events.all.isEmpty)
        interruption.receive(SIGINT)
        #expect(events.all == ["exit 130"])
    }
}
