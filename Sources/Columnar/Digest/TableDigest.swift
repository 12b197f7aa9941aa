/// What a table's values come to in a few digits: the same for the same rows, whatever lays them out.
///
/// Rows, and columns with their names, count in their order. A value counts as itself, not as what carries it: 7 is 7 in
/// any type of number, a text is its UTF-8 in any layout of strings or dictionary, a time the instant it is in any unit and
/// zone, a date its midnight (`ValueWords`). Null and NaN are one, since pandas has one spelling for both. So the same rows
/// have the same digest in pandas, Polars, pyarrow and Parquet, in whatever batches they come.
///
/// It tells whether values changed, not who changed them: nothing keeps somebody from finding other rows of this digest.
public struct TableDigest: Hashable, Sendable, Codable {
    /// The digest of one column's values: XXH64 of their words.
    public struct Column: Hashable, Sendable, Codable {
        public var name: String
        /// Sixteen hexadecimal digits.
        public var values: String
    }

    public var rows: Int
    public var columns: [Column]

    /// - Parameter known: the digest of the table's first columns, if it is known.
    ///
    /// Complexity: O(values), columns side by side on the cores.
    public init(of table: Table, beginningWith known: TableDigest? = nil) {
        let first = known?.columns.count ?? 0
        let hashes = Parallel.map(Array(table.columns[first...])) { ValueWords.hash(of: $0) }
        rows = table.rowCount
        columns =
            (known?.columns ?? [])
            + zip(table.fields[first...], hashes).map { Column(name: $0.name, values: Checksum.digits($1, 16)) }
    }
}

extension TableDigest: CustomStringConvertible {
    /// All of it as `t1-` and sixteen digits: XXH64 of, for each column, its name's length, its name and its digits, and then
    /// the number of rows, numbers as eight bytes, little-endian.
    public var description: String {
        var hash = XXHash64()
        for column in columns {
            hash.update(UInt64(column.name.utf8.count))
            hash.update(column.name)
            hash.update(column.values)
        }
        hash.update(UInt64(rows))
        return "t1-" + Checksum.digits(hash.value, 16)
    }

    /// What is different in `other`, in a few words: the number of rows, a column, its values; nil if nothing is.
    public func difference(to other: TableDigest) -> String? {
        if self == other { return nil }
        if rows != other.rows { return "\(other.rows) rows and not \(rows)" }
        let (names, otherNames) = (columns.map(\.name), other.columns.map(\.name))
        if let missing = names.first(where: { !otherNames.contains($0) }) {
            return "the column '\(missing)' is missing"
        }
        if let added = otherNames.first(where: { !names.contains($0) }) { return "the column '\(added)' is new" }
        if names != otherNames { return "the columns are in another order" }
        let changed = zip(columns, other.columns).filter { $0.values != $1.values }.map { "'\($0.0.name)'" }
        if changed.count == columns.count, changed.count > 1 {
            return "the values, or their order, differ in every column"
        }
        return "the values of \(changed.joined(separator: ", ")) differ"
    }
}

extension XXHash64 {
    fileprivate mutating func update(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { update($0) }
    }

    fileprivate mutating func update(_ text: String) {
        var text = text
        text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }
}
