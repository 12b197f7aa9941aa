import Columnar
import Foundation
import Testing

@testable import FeatureStore

@Suite struct PushTests {
    @Test func rowsAreOnlineAndInTrainingSetsWhenTheCallReturns() throws {
        let fixture = try StoreFixture()
        let summary = try fixture.push([(1, 10, nil, 11), (2, 20, nil, 22)])
        #expect(summary.rows == 2 && summary.sequence == 1 && !summary.isRepeated && summary.rowsWaiting == 0)
        #expect(try fixture.online([1, 2, 3]) == [11, 22, nil])
        #expect(try fixture.training([1, 2, 3], at: 15) == [11, nil, nil])
        #expect(try fixture.training([1, 2, 3], at: 20) == [11, 22, nil])
        try fixture.reopen()
        #expect(try fixture.online([1, 2]) == [11, 22])
    }

    @Test func anOlderRowDoesNotReplaceANewerOneAndOfEqualOnesTheLaterPushWins() throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 10, nil, 1), (2, 10, nil, 1)])
        try fixture.push([(1, 5, nil, 2), (2, 10, nil, 2)])
        #expect(try fixture.online([1, 2]) == [1, 2])
        #expect(try fixture.training([1, 2], at: 100) == [1, 2])
        #expect(try fixture.training([1, 2], at: 7) == [2, nil])
        // Within a batch the later row counts.
        try fixture.push([(1, 30, nil, 3), (1, 30, nil, 4), (1, 20, nil, 5)])
        #expect(try fixture.online([1]) == [4])
        #expect(try fixture.training([1], at: 100) == [4])
    }

    @Test func aRowThatDoesNotSayWhenItBecameKnownDidSoByThePush() throws {
        let fixture = try StoreFixture(StoreFixture.definitions(created: true))
        fixture.clock.time = seconds(500)
        try fixture.push([(1, 10, nil, 1)])
        #expect(try fixture.training([1], at: 499) == [nil])
        #expect(try fixture.training([1], at: 500) == [1])
        #expect(try fixture.online([1]) == [1])
        // A column of `created` counts where it is not null.
        let mixed = fixture.table([(2, 10, 100, 2), (3, 10, nil, 3)], withCreated: true)
        fixture.clock.time = seconds(600)
        try fixture.store.push("v", table: mixed)
        #expect(try fixture.training([2, 3], at: 100) == [2, nil])
        #expect(try fixture.training([2, 3], at: 600) == [2, 3])
    }

    @Test func aRepeatedIDIsAcknowledgedAndChangesNothing() throws {
        let fixture = try StoreFixture()
        let first = try fixture.push([(1, 10, nil, 1)], id: "a")
        try fixture.push([(1, 10, nil, 2)], id: "b")
        let again = try fixture.push([(1, 10, nil, 1)], id: "a")
        #expect(again.isRepeated && again.sequence == first.sequence && again.rows == 1)
        #expect(try fixture.online([1]) == [2])
        #expect(try fixture.store.catalog.hotLogSize(of: "v").batches == 2)
        #expect(throws: StoreError.otherBatch(id: "a", view: "v", rows: 1, given: 2)) {
            try fixture.push([(1, 10, nil, 1), (2, 10, nil, 1)], id: "a")
        }
        // The log is emptied, and the id is still known; after a week it is not.
        _ = try fixture.store.compact("v", keeping: .seconds(3600), isFull: true)
        #expect(try fixture.push([(1, 10, nil, 1)], id: "a").isRepeated)
        fixture.clock.time = seconds(1000 + 7 * 86_400)
        #expect(try fixture.push([(1, 10, nil, 1)], id: "a").isRepeated)
        fixture.clock.time = seconds(1001 + 7 * 86_400)
        try fixture.push([(2, 10, nil, 1)])
        #expect(try !fixture.push([(1, 10, nil, 1)], id: "a").isRepeated)
    }

    @Test(arguments: ["", String(repeating: "x", count: 257)]) func anIDOfNoUseIsRefused(id: String) throws {
        let fixture = try StoreFixture()
        #expect(throws: StoreError.self) { try fixture.push([(1, 10, nil, 1)], id: id) }
        #expect(try fixture.store.catalog.lastSequence(of: "v") == 0)
    }

    @Test func aRowThatDoesNotFitRefusesTheWholeBatchWithItsPlace() throws {
        let fixture = try StoreFixture()
        let table = Table(
            fields: [Field("id", .int64), Field("t", .instant), Field("x", .float64), Field("s", .string)],
            columns: [
                Column(.int64, [.int(1), .int(2)]), Column(.instant, [.timestamp(seconds(1)), .timestamp(seconds(1))]),
                Column(.float64, [.float64(1), .float64(1.5)]), Column(.string, [.null, .null]),
            ])
        let error = #expect(throws: DataError.self) { try fixture.store.push("v", table: table, origin: "trips") }
        #expect(error?.file == "trips" && error?.row == 2 && error?.column == "x")
        #expect(error?.description.contains("quarantine") == false)
        #expect(try fixture.store.catalog.lastSequence(of: "v") == 0)
        #expect(try fixture.store.onlineState(of: "v").keys == 0)
        #expect(throws: DataError.self) { try fixture.store.push("v", table: table.slice(0..<1).without("t")) }
        #expect(throws: StoreError.unknown(kind: "feature view", name: "w", suggestion: nil)) {
            try fixture.store.push("w", table: fixture.table([(1, 1, nil, 1)]))
        }
        #expect(try fixture.push([]).sequence == nil)
    }

    @Test func rowsThatAreNotAvailableYetWaitForAPushAfterwards() throws {
        let fixture = try StoreFixture(StoreFixture.definitions(available: "15m"))
        fixture.clock.time = seconds(1000)
        let summary = try fixture.push([(1, 50, nil, 1), (2, 600, nil, 2), (3, 1200, nil, 3)])
        #expect(summary.rowsWaiting == 2)
        #expect(try fixture.online([1, 2, 3]) == [1, nil, nil])
        #expect(try fixture.training([1, 2, 3], at: 1000) == [1, nil, nil])
        fixture.clock.time = seconds(2100)
        try fixture.push([(4, 0, nil, 4)])
        #expect(try fixture.online([1, 2, 3, 4]) == [1, 2, 3, 4])
        #expect(try fixture.training([1, 2, 3], at: 2100) == [1, 2, 3])
        let state = try OnlineStore(path: fixture.store.project.onlineFolder).state(of: "v")
        #expect(state?.position == 2 && state?.hotPosition == 2)
    }

    @Test func rowsThatWaitAreBroughtOnlineWithoutAPushToo() throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 1500, nil, 1)])
        #expect(try fixture.online([1]) == [nil])
        fixture.clock.time = seconds(1500)
        try fixture.store.pusher().bringOnline()
        #expect(try fixture.online([1]) == [1])
    }

    @Test func pushesNeedNoWritersLock() throws {
        let fixture = try StoreFixture()
        let lock = try fixture.store.lockForWriting()
        _ = try withExtendedLifetime(lock) { try fixture.push([(1, 10, nil, 1)]) }
        #expect(try fixture.online([1]) == [1])
    }

    @Test func pushedAndIngestedRowsCountInTheOrderInWhichTheyWereCommitted() throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 10, nil, 1), (2, 10, nil, 1), (3, 10, nil, 1)])
        _ = try fixture.store.ingest("v", table: fixture.table([(2, 10, nil, 2), (3, 10, nil, 2)]), origin: "file")
        try fixture.push([(3, 10, nil, 3)])
        #expect(try fixture.training([1, 2, 3], at: 10) == [1, 2, 3])
        #expect(try fixture.online([1, 2, 3]) == [1, 1, 3])
        #expect(try !fixture.store.onlineState(of: "v").isUpToDate)
        _ = try fixture.store.materialize("v", to: seconds(1000))
        #expect(try fixture.online([1, 2, 3]) == [1, 2, 3])
        #expect(try fixture.store.onlineState(of: "v").isUpToDate)
        _ = try fixture.store.compact("v", keeping: .seconds(0), isFull: true)
        #expect(try fixture.training([1, 2, 3], at: 10) == [1, 2, 3])
        _ = try fixture.store.materialize("v", to: seconds(1000), isFull: true)
        #expect(try fixture.online([1, 2, 3]) == [1, 2, 3])
        #expect(try fixture.store.catalog.segments(of: "v").map(\.sequences) == [1...3])
    }

    @Test func aRebuildKeepsWhatIsPushedMeanwhile() throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 10, nil, 1)])
        let target = try PushTarget("v", in: try fixture.store.definitions())
        let history = try fixture.store.history(of: target.layout)
        try fixture.push([(1, 10, nil, 2), (2, 10, nil, 2)])
        let catalog = fixture.store.catalog
        _ = try Materialization(
            catalog: catalog, online: try OnlineStore(path: fixture.store.project.onlineFolder), view: target.online,
            layout: target.layout, history: history, replay: HotLogReplay(catalog: catalog, target: target)
        ).run(from: nil, to: seconds(1000), isFull: true)
        #expect(try fixture.online([1, 2]) == [2, 2])
        let state = try OnlineStore(path: fixture.store.project.onlineFolder).state(of: "v")
        #expect(state?.position == 2 && state?.hotPosition == 2)
    }

    @Test func definitionsThatAreAppliedMeanwhileTakeEffect() throws {
        let fixture = try StoreFixture(StoreFixture.definitions(features: "x: int64"))
        let pusher = try fixture.store.pusher()
        try fixture.push([(1, 10, nil, 1)])
        try fixture.apply(StoreFixture.definitions(features: "x: int64, s: string, y: float64"))
        // The source has no column for the new feature, which the old definitions would not have missed.
        #expect(throws: DataError.self) { try fixture.push([(2, 10, nil, 2)]) }
        var table = fixture.table([(2, 10, nil, 2)])
        table = Table(
            fields: table.fields + [Field("y", .float64)], columns: table.columns + [Column(.float64, [.float64(2.5)])])
        try pusher.push("v", table: table)
        let reader = try fixture.store.onlineReader(
            for: .features([FeatureReference(view: "v", feature: "s"), FeatureReference(view: "v", feature: "y")]))
        let rows = try reader.read([Column(.int64, [.int(1), .int(2)])], at: fixture.clock.time)
        #expect(rows.map { $0.map(\.value) } == [[.null, .null], [.string("value 2"), .float64(2.5)]])
        #expect(rows[0].map(\.status) == [.nullValue, .nullValue])
        #expect(try fixture.training([1, 2], at: 10) == [1, 2])
        // A pushed feature cannot change its type, in the log or out of it.
        #expect(throws: StoreError.self) { try fixture.apply(StoreFixture.definitions(features: "x: string")) }
    }

    @Test func aViewThatIsGoneKeepsItsLogAndHindersNobody() throws {
        let fixture = try StoreFixture()
        try fixture.push([(1, 10, nil, 1)])
        let other = StoreFixture.definitions().replacing("  v:", with: "  w:")
        #expect(throws: StoreError.self) { try fixture.apply(other) }
        try fixture.apply(other, allowsRemoval: true)
        try fixture.reopen()
        #expect(throws: StoreError.self) { try fixture.push([(1, 10, nil, 1)]) }
        try fixture.store.push("w", table: fixture.table([(1, 10, nil, 1)]))
        #expect(try fixture.store.catalog.hotLogSize(of: "v").rows == 1)
    }

    @Test func aLongLogBecomesASegmentBetweenPushes() throws {
        let fixture = try StoreFixture()
        try fixture.reopen(limit: .init(batches: 5, bytes: 1 << 20))
        for number in 0..<20 { try fixture.push([(Int64(number % 3), 10, nil, Int64(number))], id: "\(number)") }
        let size = try fixture.store.catalog.hotLogSize(of: "v")
        #expect(size.batches <= 6)
        #expect(try fixture.store.catalog.segments(of: "v").reduce(0) { $0 + $1.rows } + size.rows == 20)
        #expect(try fixture.training([0, 1, 2], at: 10) == [18, 19, 17])
        #expect(try fixture.online([0, 1, 2]) == [18, 19, 17])
    }
}

extension Table {
    fileprivate func without(_ name: String) -> Table {
        let kept = fields.indices.filter { fields[$0].name != name }
        return Table(fields: kept.map { fields[$0] }, columns: kept.map { columns[$0] })
    }
}
