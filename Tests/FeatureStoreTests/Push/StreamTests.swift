import Columnar
import Foundation
import Testing

@testable import FeatureStore

/// Streams of pushes: rows that a sender repeats are taken once, and the position lies where the rows do.
@Suite struct StreamTests {
    private static let columns = StreamColumns("s", position: "position", partition: "partition")

    @Test func rowsUpToTheStoredPositionAreTakenOnce() throws {
        let fixture = try StoreFixture()
        let first = try fixture.send([(1, "a"), (2, "a"), (1, "b")])
        #expect((first.rows, first.rowsRepeated, first.isRepeated) == (3, 0, false))
        let overlapping = try fixture.send([(2, "a"), (3, "a"), (1, "b"), (9, "b"), (1, "c")])
        #expect((overlapping.rows, overlapping.rowsRepeated, overlapping.isRepeated) == (3, 2, false))
        let again = try fixture.send([(1, "a"), (9, "b"), (1, "c")])
        #expect((again.rows, again.rowsRepeated, again.isRepeated) == (0, 3, true))
        #expect(try fixture.positions() == ["a": 3, "b": 9, "c": 1])
        #expect(try fixture.store.streams().map(\.rows) == [3, 2, 1])
        #expect(try fixture.sent() == ["a1", "a2", "a3", "b1", "b9", "c1"])
    }

    @Test func aPositionThatDoesNotGrowWasSentTwice() throws {
        let fixture = try StoreFixture()
        let summary = try fixture.send([(5, "a"), (5, "a"), (4, "a"), (6, "a"), (.min, "b"), (.min, "b"), (.max, "b")])
        #expect((summary.rows, summary.rowsRepeated) == (4, 3))
        #expect(try fixture.positions() == ["a": 6, "b": .max])
    }

    @Test func positionsWithoutRowsAreStored() throws {
        let fixture = try StoreFixture()
        var places = try StreamPlaces(stream: "s")
        places.pass(position: 7, partition: "a")
        let summary = try fixture.store.push("v", table: fixture.table([]), places: places)
        #expect(summary.rows == 0 && !summary.isRepeated)
        #expect(try fixture.positions() == ["a": 7])
        #expect(try fixture.send([(7, "a"), (8, "a")]).rowsRepeated == 1)
        places.pass(position: 3, partition: "a")
        try fixture.store.push("v", table: fixture.table([]), places: places)
        #expect(try fixture.positions() == ["a": 8])
    }

    @Test func aRowThatDoesNotFitLeavesTheStreamWhereItWas() throws {
        let fixture = try StoreFixture()
        try fixture.send([(1, "a")])
        var table = fixture.sending([(1, "a"), (2, "a"), (3, "a")])
        let keys = Column(.int64, [.int(1), .int(2), .null])
        table = Table(fields: table.fields, columns: [keys] + table.columns.dropFirst())
        // The row is told as the caller counts, though one before it is left out.
        #expect(throws: DataError("a key is null; every row of history needs one", file: "rows", row: 3, column: "id"))
        {
            try fixture.store.push("v", table: table, stream: Self.columns)
        }
        #expect(try fixture.positions() == ["a": 1])
    }

    @Test(arguments: [
        (StreamColumns("", position: "position"), "a stream's name has 1 to 256 bytes"),
        (StreamColumns("s", position: "positon"), "did you mean 'position'?"),
        (StreamColumns("s", position: "s"), "is no position"),
        (StreamColumns("s", position: "position", partition: "nobody"), "there is no column 'nobody'"),
    ])
    func whatIsNoStreamIsTold(columns: StreamColumns, words: String) throws {
        let fixture = try StoreFixture()
        do {
            try fixture.store.push("v", table: fixture.sending([(1, "a")]), stream: columns)
            Issue.record("it was taken")
        } catch {
            #expect("\(error)".contains(words))
        }
        #expect(try fixture.store.streams().isEmpty)
    }

    @Test func aStreamIsResetWhollyOrByPartition() throws {
        let fixture = try StoreFixture()
        try fixture.send([(1, "a"), (2, "a"), (1, "b")])
        #expect(try fixture.store.resetStream("s", of: "v", partition: "a", to: 1) == 1)
        #expect(try fixture.send([(1, "a"), (2, "a"), (1, "b")]).rowsRepeated == 2)
        #expect(try fixture.store.resetStream("s", of: "v") == 2)
        #expect(try fixture.store.streams(of: "v").isEmpty)
        #expect(throws: StoreError.self) { try fixture.store.resetStream("s", of: "v") }
        #expect(try fixture.send([(1, "a")]).rows == 1)
    }

    @Test func streamsOfOtherNamesAndViewsDoNotMeet() throws {
        let fixture = try StoreFixture()
        try fixture.send([(5, "a")])
        let other = StreamColumns("t", position: "position", partition: "partition")
        #expect(try fixture.store.push("v", table: fixture.sending([(1, "a")]), stream: other).rows == 1)
        #expect(try fixture.store.streams(of: "v", named: "t").map(\.position) == [1])
    }

    /// Senders that begin again and again, several at a time, with rows in batches cut anywhere: each row is stored once.
    @Test(arguments: 0..<20) func sendersThatRepeatThemselvesStoreEachRowOnce(seed: UInt64) async throws {
        let fixture = try StoreFixture()
        let pusher = try fixture.store.pusher()
        let rows = (0..<60).map { (position: Int64($0 / 3 * 2), partition: ["a", "b", "c"][$0 % 3]) }
        let tables = rows.indices.map { fixture.sending([rows[$0]]) }
        let fields = tables[0].fields
        await withTaskGroup(of: Void.self) { group in
            for sender in 0..<4 as Range<UInt64> {
                group.addTask {
                    var random = SeededGenerator(seed: seed &* 31 &+ sender)
                    for life in 0..<3 {
                        var start = 0
                        let end = life == 2 ? rows.count : random.number(0...rows.count)
                        while start < end {
                            let next = min(end, start + random.number(1...17))
                            let table = Table.concatenating(Array(tables[start..<next]), fields: fields)
                            #expect(throws: Never.self, "seed \(seed)") {
                                try pusher.push("v", table: table, stream: Self.columns)
                            }
                            start = next
                        }
                    }
                }
            }
        }
        #expect(try fixture.sent() == rows.map { "\($0.partition)\($0.position)" }.sorted(), "seed \(seed)")
        #expect(try fixture.positions() == ["a": 38, "b": 38, "c": 38], "seed \(seed)")
    }

    @Test(arguments: [CrashPoint.pushAppended, .pushWritten, .pushLogged, .pushOnline])
    func aStreamThatIsCutOffGoesOnWhereItsRowsEnd(point: CrashPoint) async throws {
        let fixture = try StoreFixture()
        try fixture.send([(1, "a")])
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = fixture.folder.path as String, point = point.rawValue as String] in
            let store = try FeatureStore(opening: path)
            _ = try store.pusher()
            CrashPoint.action.withLock { $0 = { if $0.rawValue == point { kill(getpid(), SIGKILL) } } }
            let columns = StreamColumns("s", position: "position", partition: "partition")
            try store.push("v", table: StreamFixture.table([(2, "a"), (1, "b")]), stream: columns)
        }
        try fixture.reopen()
        let isDurable = point == .pushLogged || point == .pushOnline
        #expect(try fixture.positions() == (isDurable ? ["a": 2, "b": 1] : ["a": 1]))
        let again = try fixture.send([(1, "a"), (2, "a"), (1, "b")])
        #expect(again.rowsRepeated == (isDurable ? 3 : 1))
        #expect(try fixture.sent() == ["a1", "a2", "b1"])
    }
}

private enum StreamFixture {
    /// Rows whose text says where they stand.
    static func table(_ rows: [(position: Int64, partition: String)]) -> Table {
        Table(
            fields: [
                Field("id", .int64), Field("t", .instant), Field("x", .int64), Field("s", .string),
                Field("position", .int64), Field("partition", .string),
            ],
            columns: [
                Column(.int64, rows.map { .int($0.position & 0xff) }),
                Column(.instant, rows.map { _ in .timestamp(seconds(10)) }),
                Column(.int64, rows.map { .int($0.position) }),
                Column(.string, rows.map { .string("\($0.partition)\($0.position)") }),
                Column(.int64, rows.map { .int($0.position) }), Column(.string, rows.map { .string($0.partition) }),
            ], rowCount: rows.count)
    }
}

extension StoreFixture {
    fileprivate func sending(_ rows: [(position: Int64, partition: String)]) -> Table { StreamFixture.table(rows) }

    @discardableResult
    fileprivate func send(_ rows: [(position: Int64, partition: String)]) throws -> PushSummary {
        try store.push(
            "v", table: sending(rows), stream: StreamColumns("s", position: "position", partition: "partition"))
    }

    fileprivate func positions() throws -> [String: Int64] {
        Dictionary(
            try store.streams(of: "v", named: "s").map { ($0.partition, $0.position) }, uniquingKeysWith: { a, _ in a })
    }

    /// The places of all rows in history, in order of text.
    fileprivate func sent() throws -> [String] {
        let layout = try PushTarget("v", in: try store.definitions()).layout
        var found: [String] = []
        for part in try store.history(of: layout) {
            for block in 0..<part.blockCount {
                let values = try part.values(of: layout.view.features[1], block: block)?.allValues ?? []
                found += values.map(\.description)
            }
        }
        return found.sorted()
    }
}
