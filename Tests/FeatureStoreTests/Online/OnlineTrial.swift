import Columnar
import Testing

@testable import FeatureStore

/// A view with an int64 key and an online store in a folder of its own, to be written and read.
struct OnlineTrial {
    let folder: TemporaryFolder
    var store: OnlineStore
    var view: FeatureView

    init(_ types: [FeatureType], ttl: TimeSpan? = nil, mapBytes: Int? = nil) throws {
        folder = try TemporaryFolder()
        store = try #require(try OnlineStore(folder: folder.path, isReadOnly: false, mapBytes: mapBytes))
        view = FeatureView(
            name: "v", entities: ["e"], source: "s", ttl: ttl,
            features: types.enumerated().map { Feature("f\($0)", $1) })
    }

    /// One row; `created` is nil where the source does not say.
    struct Row {
        var key: Int64
        var event: Int64
        var created: Int64?
        var values: [Value]
    }

    /// Writes `rows`, at most one a key.
    @discardableResult
    func write(_ rows: [Row], sequence: Int64 = 1, replacingAll: Bool = false) throws -> Int {
        try store.write(Self.online(rows, view), to: view, sequence: sequence, replacingAll: replacingAll)
    }

    private static func online(_ rows: [Row], _ view: FeatureView) -> OnlineRows {
        let rows = rows.sorted { $0.key < $1.key }
        return OnlineRows(
            keys: KeyEncoder([.int64]).encode([Column(.int64, rows.map { .int($0.key) })]),
            events: Column(.instant, rows.map { .timestamp(Timestamp(microseconds: $0.event)) }),
            created: rows.contains { $0.created == nil }
                ? nil : Column(.instant, rows.map { .timestamp(Timestamp(microseconds: $0.created ?? 0)) }),
            features: view.features.enumerated().map { place, feature in
                Column(feature.type.dataType, rows.map { $0.values[place] })
            })
    }

    func reader() throws -> OnlineReader { try reader(of: store) }

    func reader(of store: OnlineStore) throws -> OnlineReader {
        let definitions = Definitions(
            entities: [Entity(name: "e", joinKeys: [JoinKey("id", .int64)])],
            sources: [Source(name: "s", path: "-", timestamp: "t")], featureViews: [view])
        let service = try ResolvedService(
            references: [FeatureReference(view: "v", feature: nil)], in: definitions, fullNames: false)
        return OnlineReader(service, definitions: definitions, store: store)
    }

    func read(_ key: Int64, at now: Int64 = 0) throws -> [OnlineValue] {
        try reader().read([.int(key)], at: Timestamp(microseconds: now))
    }

    /// Puts `bytes` where the row of `key` is.
    func overwrite(_ key: Int64, with bytes: [UInt8]) throws {
        let encoded = try #require(KeyEncoder([.int64]).encode([.int(key)]))
        let database = try #require(try store.environment.database(OnlineStore.databaseName(of: "v")))
        try store.environment.write { transaction in
            try encoded.withUnsafeBytes { key in try bytes.withUnsafeBytes { try transaction.put(database, key, $0) } }
        }
    }

    /// The bytes of the row of `key`, as they are stored.
    func bytes(of key: Int64) throws -> [UInt8] {
        let encoded = try #require(KeyEncoder([.int64]).encode([.int(key)]))
        let database = try #require(try store.environment.database(OnlineStore.databaseName(of: "v")))
        return try store.environment.read { transaction in
            try encoded.withUnsafeBytes { Array(try transaction.value(database, $0) ?? .init(start: nil, count: 0)) }
        }
    }
}
