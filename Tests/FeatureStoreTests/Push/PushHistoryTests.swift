import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// What a state of the history is with pushed rows in it, and that it can be read again.
@Suite struct PushHistoryTests {
    @Test func aStateIsReadAgainAfterMorePushesAndCompactions() throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 10, nil, 1), (2, 10, nil, 1)])
        _ = try fixture.store.ingest("v", table: fixture.table([(3, 10, nil, 1)]), origin: "file")
        try fixture.push([(2, 10, nil, 2)])
        let mark = try fixture.store.catalog.mark()
        let then: [Int64?] = [1, 2, 1, nil]
        #expect(try fixture.training([1, 2, 3, 4], at: 20) == then)
        try fixture.push([(1, 10, nil, 3), (4, 10, nil, 3)])
        #expect(try fixture.training([1, 2, 3, 4], at: 20, mark: mark) == then)
        // A segment now holds rows from before the mark and after it.
        _ = try fixture.store.compact("v", keeping: .seconds(3600), isFull: true)
        #expect(try fixture.store.catalog.hotLogSize(of: "v") == HotLogSize())
        #expect(try fixture.training([1, 2, 3, 4], at: 20, mark: mark) == then)
        #expect(try fixture.training([1, 2, 3, 4], at: 20) == [3, 2, 1, 3])
        try fixture.push([(3, 10, nil, 4)])
        _ = try fixture.store.compact("v", keeping: .seconds(3600), isFull: true)
        #expect(try fixture.training([1, 2, 3, 4], at: 20, mark: mark) == then)
        #expect(try fixture.training([1, 2, 3, 4], at: 20) == [3, 2, 4, 3])
        // Once the files are gone, it is refused and not read in part.
        _ = try fixture.store.compact("v", keeping: .seconds(0), isFull: true)
        #expect(throws: CatalogError.snapshotLost(mark.snapshot, view: "v", loss: .compacted)) {
            try fixture.training([1], at: 20, mark: mark)
        }
    }

    @Test func aStateBeforeAllCompactedPushesStaysReadable() throws {
        let fixture = try StoreFixture()
        _ = try fixture.store.ingest("v", table: fixture.table([(1, 10, nil, 1)]), origin: "file")
        let first = try fixture.store.catalog.mark()
        _ = try fixture.store.ingest("v", table: fixture.table([(1, 10, nil, 2)]), origin: "file")
        let second = try fixture.store.catalog.mark()
        try fixture.push([(1, 10, nil, 3)])
        _ = try fixture.store.catalog.database.transaction { try fixture.store.catalog.addSnapshot("test") }
        let catalog = fixture.store.catalog
        let layout = try PushTarget("v", in: try fixture.store.definitions()).layout
        _ = try HotLogCompaction(project: fixture.store.project, catalog: catalog, layout: layout) {}
            .run(now: .now)
        // The segment of pushes leaves alone, as a compaction by levels would have it.
        let pushed = try #require(try catalog.segments(of: "v").last)
        #expect(pushed.pushedSince == second.snapshot)
        try catalog.commit(view: layout.view, adding: [pushed.renamed("merged")], removing: [pushed], reason: "compact")
        #expect(try catalog.forgetSegments(of: "v", removedBefore: .distantFuture) == [pushed.file])
        #expect(try fixture.training([1], at: 20, mark: first) == [1])
        #expect(throws: CatalogError.self) { try fixture.training([1], at: 20, mark: second) }
    }

    @Test func asOfATimeTakesInWhatHadBeenPushedByThen() throws {
        let fixture = try StoreFixture()
        #expect(throws: StoreError.self) { try fixture.store.mark(.time(.now)) }
        let real = try Pusher(fixture.store.project)
        try real.push("v", table: fixture.table([(1, 10, nil, 1)]))
        let between = Timestamp.now
        #expect(try fixture.store.mark(.time(between)).snapshot == 0)
        try real.push("v", table: fixture.table([(1, 10, nil, 2)]))
        let mark = try fixture.store.mark(.time(between))
        #expect(try fixture.training([1], at: 20, mark: mark) == [1])
        _ = try fixture.store.compact("v", keeping: .seconds(3600), isFull: true)
        #expect(try fixture.training([1], at: 20, mark: mark) == [1])
        #expect(try fixture.training([1], at: 20, mark: try fixture.store.mark(.time(.now))) == [2])
        // A snapshot is what was there when it was made.
        try real.push("v", table: fixture.table([(1, 10, nil, 3)]))
        #expect(try fixture.training([1], at: 20, mark: try fixture.store.mark(.snapshot(1))) == [2])
        #expect(try fixture.training([1], at: 20) == [3])
    }

    @Test func rowsThatWaitStayInTheLogUntilTheyAreOnline() throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 10, nil, 1)])
        try fixture.push([(2, 1500, nil, 2)])
        try fixture.push([(3, 10, nil, 3)])
        let catalog = fixture.store.catalog
        let layout = try PushTarget("v", in: try fixture.store.definitions()).layout
        func empty() throws -> Int {
            try HotLogCompaction(project: fixture.store.project, catalog: catalog, layout: layout) {}
                .run(now: fixture.clock.time).rows
        }
        #expect(try empty() == 1)
        #expect(try catalog.hotBatches(of: "v").map(\.sequence) == [2, 3])
        fixture.clock.time = seconds(1500)
        try fixture.store.pusher().bringOnline()
        #expect(try fixture.online([1, 2, 3]) == [1, 2, 3])
        #expect(try empty() == 2)
        // What waits for longer than a day waits in a segment, for a materialization; so does what lies before a segment.
        try fixture.push([(4, 1_000_000, nil, 4)])
        #expect(try empty() == 1)
        try fixture.push([(5, 1600, nil, 5)])
        _ = try fixture.store.ingest("v", table: fixture.table([(6, 10, nil, 6)]), origin: "file")
        #expect(try empty() == 1)
        #expect(try fixture.store.catalog.segments(of: "v").map(\.sequences) == [1...1, 2...3, 4...4, 5...5, 6...6])
        _ = try fixture.store.materialize("v", to: seconds(2_000_000))
        #expect(try fixture.online([1, 2, 3, 4, 5, 6]) == [1, 2, 3, 4, 5, 6])
    }

    @Test func aRebuildAsOfATimeAndTheNextPushAgreeOnWhatWaits() throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 10, nil, 1)])
        try fixture.push([(2, 1500, nil, 2)])
        fixture.clock.time = seconds(1600)
        try fixture.store.pusher().bringOnline()
        _ = try fixture.store.materialize("v", to: seconds(1400), isFull: true)
        #expect(try fixture.online([1, 2]) == [1, nil])
        try fixture.push([(3, 10, nil, 3)])
        #expect(try fixture.online([1, 2, 3]) == [1, 2, 3])
        #expect(try OnlineStore(path: fixture.store.project.onlineFolder).state(of: "v")?.position == 3)
    }
}

extension SegmentRecord {
    fileprivate func renamed(_ file: String) -> SegmentRecord {
        var record = self
        record.file = file
        record.pushedSince = nil
        return record
    }
}
