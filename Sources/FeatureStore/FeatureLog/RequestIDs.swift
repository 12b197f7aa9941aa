import Columnar

/// The names under which the rows of a read are remembered, and by which their labels find them.
public enum RequestIDs: Sendable {
    /// One for the whole read: the row's own, or where there are several rows, `ID/0`, `ID/1` and so on.
    case one(String)
    /// One a row.
    case each([String])

    /// Bytes of the longest.
    public static let maximumLength = 256

    /// - Throws: `LogError.badRequestID`; `StoreError.badRequest` if there are fewer or more of them than rows.
    package func check(rows: Int) throws {
        switch self {
        case .one(let id): try Self.check(id)
        case .each(let ids):
            guard ids.count == rows else {
                throw StoreError.badRequest(
                    "there are \(ids.count) request ids for \(rows) rows; give one for each, or one for all")
            }
            for id in ids { try Self.check(id) }
        }
    }

    static func check(_ id: String) throws(LogError) {
        guard (1...maximumLength).contains(id.utf8.count),
            id.utf8.allSatisfy({ $0 != 0 && $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
        else { throw .badRequestID(id) }
    }

    func id(of row: Int, rows: Int) -> String {
        switch self {
        case .one(let id): rows == 1 ? id : "\(id)/\(row)"
        case .each(let ids): ids[row]
        }
    }
}
