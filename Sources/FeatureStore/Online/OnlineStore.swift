import Columnar
import Foundation

/// New rows of a view, at most one a key, keys ascending.
struct OnlineRows {
    let keys: EncodedKeys
    /// Microseconds; nil for a timeless view.
    let events: Column?
    /// Microseconds; nil if the source does not say.
    let created: Column?
    /// A column a feature of the view, in order.
    let features: [Column]

    var count: Int { keys.count }
}

/// Up to where a view has been materialized; kept in the same transaction as its rows.
struct ViewState: Hashable, Sendable, Codable {
    /// The layout of rows that are written now, and of all that were.
    var schemas: [RowSchema] = []
    /// All ingestions up to this sequence are online.
    var sequence: Int64 = 0
}

/// The online store: the newest row of each key, view by view, in LMDB.
///
/// Each view is a database named `view/<name>`. The database `meta` holds the format, and each view's state as JSON.
final class OnlineStore: Sendable {
    static let format = 1

    let environment: LMDBEnvironment
    private static let formatKey = Array("format".utf8)

    /// Opens the store in `folder`; nil if it is to be read and there is none yet.
    init?(folder: String, isReadOnly: Bool, mapBytes: Int? = nil) throws {
        if isReadOnly && !FileManager.default.fileExists(atPath: folder + "/data.mdb") { return nil }
        environment = try LMDBEnvironment(path: folder, isReadOnly: isReadOnly, mapBytes: mapBytes)
        let found = try environment.read { transaction in
            try Self.formatKey.withUnsafeBytes { key in
                try transaction.database("meta").flatMap { meta in
                    try transaction.value(meta, key).flatMap { Int(String(decoding: $0, as: UTF8.self)) }
                }
            }
        }
        if let found, found > Self.format {
            throw OnlineError.newerFormat(path: folder, found: found, supported: Self.format)
        }
        if found == nil && !isReadOnly {
            try environment.write { transaction in
                guard let meta = try transaction.database("meta", creates: true) else { return }
                try Self.formatKey.withUnsafeBytes { key in
                    try Array(String(Self.format).utf8).withUnsafeBytes { try transaction.put(meta, key, $0) }
                }
            }
        }
    }

    static func databaseName(of view: String) -> String { "view/" + view }

    func state(of view: String) throws -> ViewState? {
        try environment.read { try Self.state(of: view, $0, path: environment.path) }
    }

    static func state(of view: String, _ transaction: borrowing LMDBTransaction, path: String) throws -> ViewState? {
        guard let meta = try transaction.database("meta") else { return nil }
        return try Array(databaseName(of: view).utf8).withUnsafeBytes { key in
            guard let bytes = try transaction.value(meta, key) else { return nil }
            do {
                return try JSONDecoder().decode(ViewState.self, from: Data(bytes))
            } catch {
                throw OnlineError.damaged(path: path, view: view, reason: "its state is unreadable")
            }
        }
    }

    func count(of view: String) throws -> Int {
        try environment.read { transaction in
            try transaction.database(Self.databaseName(of: view)).map { try transaction.count($0) } ?? 0
        }
    }

    /// Writes rows and the sequence they reach, in one transaction: readers see all of it or nothing.
    ///
    /// A row replaces an older one, by (event time, created); of equals the one written later wins.
    /// - Parameter replacingAll: drops what is there first.
    /// - Returns: the rows that were written, which leaves out those older than what is there.
    @discardableResult
    func write(
        _ rows: OnlineRows, to view: FeatureView, sequence: Int64, replacingAll: Bool = false
    ) throws -> Int {
        try environment.write { transaction in
            guard let database = try transaction.database(Self.databaseName(of: view.name), creates: true) else {
                return 0
            }
            var state = try Self.state(of: view.name, transaction, path: environment.path) ?? ViewState()
            if replacingAll { try transaction.empty(database) }
            let schema = Self.schema(for: view.features, in: &state)
            state.sequence = sequence
            let encoder = RowEncoder(rows, schema: schema)
            let isEmpty = try transaction.count(database) == 0
            let written = try transaction.withCursor(database) { cursor in
                isEmpty
                    ? try Self.append(rows, encoder, cursor)
                    : try Self.replaceOlder(rows, encoder, cursor)
            }
            try Self.put(state, of: view.name, transaction)
            return written
        }
    }

    private static func append(_ rows: OnlineRows, _ encoder: RowEncoder, _ cursor: borrowing LMDBCursor) throws -> Int
    {
        for row in 0..<rows.count {
            try cursor.append(rows.keys.bytes(at: row), size: encoder.size(of: row)) { encoder.write(row, to: $0) }
        }
        return rows.count
    }

    private static func replaceOlder(
        _ rows: OnlineRows, _ encoder: RowEncoder, _ cursor: borrowing LMDBCursor
    ) throws -> Int {
        var written = 0
        for row in 0..<rows.count {
            let key = rows.keys.bytes(at: row)
            if let stored = try cursor.value(key).flatMap(StoredRow.init),
                (encoder.eventTime(of: row), encoder.createdTime(of: row)) < (stored.eventTime, stored.created)
            {
                continue
            }
            try cursor.put(key, size: encoder.size(of: row)) { encoder.write(row, to: $0) }
            written += 1
        }
        return written
    }

    /// The layout for `features`: one that is known, or a new one.
    private static func schema(for features: [Feature], in state: inout ViewState) -> RowSchema {
        if let known = state.schemas.first(where: { $0.matches(features) }) { return known }
        let schema = RowSchema(id: (state.schemas.map(\.id).max() ?? 0) + 1, features: features)
        state.schemas.append(schema)
        return schema
    }

    private static func put(_ state: ViewState, of view: String, _ transaction: borrowing LMDBTransaction) throws {
        guard let meta = try transaction.database("meta", creates: true) else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json = try encoder.encode(state)
        try Array(databaseName(of: view).utf8).withUnsafeBytes { key in
            try json.withUnsafeBytes { try transaction.put(meta, key, $0) }
        }
    }
}
