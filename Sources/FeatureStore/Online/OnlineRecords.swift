import Foundation

/// The store's own database: its format, and a record of each view, as JSON.
struct OnlineRecords {
    static let databaseName = "meta"
    /// What this version writes, and the newest that it reads.
    static let format = 1

    private let path: String
    private let value: (UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer?

    /// The records as of a commit; nil while nothing was ever written.
    init?(_ snapshot: LMDBSnapshot, path: String) throws {
        guard let tree = try snapshot.tree(Self.databaseName) else { return nil }
        self.path = path
        value = { try snapshot.value(for: $0, in: tree) }
    }

    /// The records as a transaction has changed them.
    init(_ transaction: LMDBWriteTransaction, _ database: LMDBDatabase, path: String) {
        self.path = path
        value = { try transaction.value(for: $0, in: database) }
    }

    private struct Format: Codable {
        var format: Int
    }

    /// - Throws: `OnlineError` if a newer version wrote the store.
    func checkFormat() throws {
        guard let stored: Format = try read("format"), stored.format != Self.format else { return }
        throw OnlineError(
            "the online store at \(path) has format \(stored.format), this version reads \(Self.format); "
                + "use a newer fstore")
    }

    func record(of view: String) throws -> ViewRecord? { try read("view:" + view) }

    /// What a view's tiles are written by; nil for a view that has none.
    func tiles(of view: String) throws -> TileRecord? { try read(Self.tilesName(of: view)) }

    static func tilesName(of view: String) -> String { "tiles:" + view }

    static func set(
        _ tiles: TileRecord, of view: String, _ transaction: LMDBWriteTransaction, _ database: LMDBDatabase
    ) throws {
        try write(tiles, tilesName(of: view), transaction, database)
    }

    static func removeTiles(
        of view: String, _ transaction: LMDBWriteTransaction, _ database: LMDBDatabase
    ) throws {
        _ = try Array(tilesName(of: view).utf8).withUnsafeBytes { try transaction.remove($0, from: database) }
    }

    static func writeFormat(_ transaction: LMDBWriteTransaction, _ database: LMDBDatabase) throws {
        try write(Format(format: format), "format", transaction, database)
    }

    static func set(
        _ record: ViewRecord, of view: String, _ transaction: LMDBWriteTransaction, _ database: LMDBDatabase
    ) throws {
        try write(record, "view:" + view, transaction, database)
    }

    /// The names of all views that hold rows, in order.
    static func views(_ snapshot: LMDBSnapshot, path: String) throws -> [String] {
        guard let tree = try snapshot.tree(databaseName), let records = try OnlineRecords(snapshot, path: path)
        else { return [] }
        var names: [String] = []
        try snapshot.forEach(in: tree, from: Array("view:".utf8)) { key, _ in
            let name = String(decoding: key, as: UTF8.self)
            guard name.hasPrefix("view:") else { return false }
            names.append(String(name.dropFirst("view:".count)))
            return true
        }
        return try names.filter { try records.record(of: $0)?.keyTypes.isEmpty == false }
    }

    private func read<Record: Decodable>(_ name: String) throws -> Record? {
        guard let json = try Array(name.utf8).withUnsafeBytes({ try value($0).map { Data($0) } }) else { return nil }
        do {
            return try JSONDecoder().decode(Record.self, from: json)
        } catch {
            throw OnlineError(
                "the record '\(name)' of the online store at \(path) is unreadable; "
                    + "move the store away and materialize again with --full")
        }
    }

    private static func write(
        _ record: some Encodable, _ name: String, _ transaction: LMDBWriteTransaction, _ database: LMDBDatabase
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(record)
        try json.withUnsafeBytes { value in
            try Array(name.utf8).withUnsafeBytes { key in try transaction.put(value, for: key, in: database) }
        }
    }
}
