import Columnar
import Foundation

@testable import FeatureStore

/// A store with a service that keeps a log, of a view with a feature of each type.
struct FeatureLogFixture {
    let store: StoreFixture
    static let types = [
        ("flag", "bool"), ("small", "int32"), ("whole", "int64"), ("ratio", "float32"), ("exact", "float64"),
        ("city", "string"), ("raw", "bytes"), ("seen", "timestamp"), ("embedding", "float32[3]"),
    ]

    static func definitions(log: String = "{}", label: String? = nil) -> String {
        """
        entities:
          e: {join_keys: {id: int64, name: string}}
        sources:
          s: {path: "data/*.csv", timestamp: t}
        feature_views:
          v:
            entities: [e]
            source: s
            ttl: 1h
            features: {\(types.map { "\($0): '\($1)'" }.joined(separator: ", "))}
        feature_services:
          m:
            features: ["v:*"]
            log: \(log)
            \(label.map { "label: \($0)" } ?? "tags: {}")
        """
    }

    init(log: String = "{}", label: String? = nil) throws {
        store = try StoreFixture(Self.definitions(log: log, label: label))
    }

    /// Pushes a row for each key, with values that follow from the key and the generator, some of them null.
    func push(_ keys: [Int64], at seconds: Int64, _ generator: inout SeededGenerator) throws {
        var fields = [Field("id", .int64), Field("name", .string), Field("t", .instant)]
        var columns = [
            Column(.int64, keys.map { .int($0) }), Column(.string, keys.map { .string("n\($0)") }),
            Column(.instant, keys.map { _ in .timestamp(Timestamp(microseconds: seconds * 1_000_000)) }),
        ]
        for (name, type) in Self.types {
            guard let type = FeatureType(type) else { continue }
            fields.append(Field(name, type.dataType))
            columns.append(Column(type.dataType, keys.map { _ in Self.value(of: type, &generator) }))
        }
        _ = try store.store.push("v", table: Table(fields: fields, columns: columns, rowCount: keys.count))
    }

    private static func value(of type: FeatureType, _ generator: inout SeededGenerator) -> Value {
        if Int.random(in: 0..<5, using: &generator) == 0 { return .null }
        let number = Int64.random(in: -1000...1000, using: &generator)
        return switch type {
        case .bool: .bool(number > 0)
        case .int32, .int64: .int(number)
        case .float32: .float32(Float(number) / 7)
        case .float64: .float64(Double(number) / 7)
        case .string: .string("täxt \(number)")
        case .bytes: .bytes([0, 10, UInt8(truncatingIfNeeded: number)])
        case .timestamp: .timestamp(Timestamp(microseconds: number))
        case .vector(let count): .list((0..<count).map { .float32(Float(number) + Float($0)) })
        }
    }

    func reader() throws -> RecordingReader { try store.store.recordingReader(for: "m") }

    func keys(_ ids: [Int64]) -> [Column] {
        [Column(.int64, ids.map { .int($0) }), Column(.string, ids.map { .string("n\($0)") })]
    }

    /// All logged rows.
    func rows(_ filter: LogFilter = LogFilter(), newestFirst: Bool = false) throws -> [LoggedRow] {
        var rows: [LoggedRow] = []
        try store.store.readLog(of: "m", filter, newestFirst: newestFirst) { table in
            rows += (0..<table.rowCount).map { LoggedRow(table, $0) }
            return true
        }
        return rows
    }
}
