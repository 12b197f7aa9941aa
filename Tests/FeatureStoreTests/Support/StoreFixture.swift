import Columnar
import Foundation
import Synchronization

@testable import FeatureStore

/// A project in a folder of its own, with one view `v` of the key `id`, and a clock that the test sets.
final class StoreFixture {
    let folder: TemporaryFolder
    let clock = TestClock()
    private(set) var store: FeatureStore

    /// What a test of one view needs in YAML; `created` and `available` as given.
    static func definitions(
        created: Bool = false, available: String? = nil, features: String = "x: int64, s: string"
    ) -> String {
        """
        entities:
          e: {join_keys: {id: int64}}
        sources:
          s: {path: "data/*.csv", timestamp: t\(created ? ", created: c" : "")}
        feature_views:
          v:
            entities: [e]
            source: s
            \(available.map { "available: \($0)" } ?? "tags: {}")
            features: {\(features)}
        """
    }

    init(_ definitions: String = StoreFixture.definitions()) throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path + "/features", withIntermediateDirectories: true)
        try "project: test\n".write(toFile: folder.path + "/fstore.yaml", atomically: true, encoding: .utf8)
        try definitions.write(toFile: folder.path + "/features/v.yaml", atomically: true, encoding: .utf8)
        store = try FeatureStore(opening: folder.path)
        _ = try store.apply()
        try reopen()
    }

    /// Puts other definitions in force, as another process would.
    func apply(_ definitions: String, allowsRemoval: Bool = false) throws {
        try definitions.write(toFile: folder.path + "/features/v.yaml", atomically: true, encoding: .utf8)
        _ = try FeatureStore(opening: folder.path).apply(allowsRemoval: allowsRemoval)
    }

    /// Opens the store anew, as after a restart.
    func reopen(limit: Pusher.HotLogLimit = .init()) throws {
        store = try FeatureStore(opening: folder.path)
        store.clock = clock.read
        store.openPusher = try pusher(limit: limit)
    }

    func pusher(limit: Pusher.HotLogLimit = .init()) throws -> Pusher {
        try Pusher(store.project, limit: limit, clock: clock.read)
    }

    /// A row for `v`: key, event time in seconds, when it became known if that is said, value.
    typealias Row = (id: Int64, t: Int64, c: Int64?, x: Int64?)

    func table(_ rows: [Row], withCreated: Bool = false) -> Table {
        var fields = [Field("id", .int64), Field("t", .instant), Field("x", .int64), Field("s", .string)]
        var columns = [
            Column(.int64, rows.map { .int($0.id) }), Column(.instant, rows.map { .timestamp(seconds($0.t)) }),
            Column(.int64, rows.map { $0.x.map(Value.int) ?? .null }),
            Column(.string, rows.map { $0.x.map { .string("value \($0)") } ?? .null }),
        ]
        if withCreated {
            fields.append(Field("c", .instant))
            columns.append(Column(.instant, rows.map { $0.c.map { .timestamp(seconds($0)) } ?? .null }))
        }
        return Table(fields: fields, columns: columns, rowCount: rows.count)
    }

    @discardableResult
    func push(_ rows: [Row], id: String? = nil) throws -> PushSummary {
        try store.push("v", table: table(rows), batchID: id)
    }

    /// `x` online for each of `ids`, at the test's time; nil for none.
    func online(_ ids: [Int64]) throws -> [Int64?] {
        // Made without the replay that opening a reader does.
        let reader = try store.servingReader(
            for: .features([FeatureReference(view: "v", feature: "x")]), in: try store.definitions(), fullNames: false)
        let rows = try reader.read([Column(.int64, ids.map { .int($0) })], at: clock.time)
        return rows.map { if case .int(let x) = $0[0].value { x } else { nil } }
    }

    /// `x` in a training set for each of `ids`, at `time` in seconds.
    func training(_ ids: [Int64], at time: Int64, mark: HistoryMark? = nil) throws -> [Int64?] {
        let definitions = try store.definitions()
        let service = try ResolvedService(
            references: [FeatureReference(view: "v", feature: "x")], in: definitions, fullNames: false)
        let entities = Table(
            fields: [Field("id", .int64), Field("event_timestamp", .instant)],
            columns: [
                Column(.int64, ids.map { .int($0) }), Column(.instant, ids.map { _ in .timestamp(seconds(time)) }),
            ])
        let set = try TrainingSetBuilder(
            service: service, definitions: definitions, withTimes: false,
            history: { try self.store.history(of: $0, at: mark) }
        ).build(for: try EntityRows(entities, origin: "entities"))
        return set.table.columns[2].allValues.map { if case .int(let x) = $0 { x } else { nil } }
    }
}

/// A clock that stands still until it is set.
final class TestClock: Sendable {
    private let now = Mutex(seconds(1000))

    var time: Timestamp {
        get { now.withLock { $0 } }
        set { now.withLock { $0 = newValue } }
    }

    var read: @Sendable () -> Timestamp { { self.time } }
}
