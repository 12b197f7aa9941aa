import Columnar

extension ServiceReader {
    /// The join keys in a table that has a column named as each, in the order and the types that reads take.
    ///
    /// - Throws: `DataError` if one is missing, a column is none of them, or a value does not fit its key's type.
    public func keys(in table: Table, origin: String) throws(DataError) -> [Column] {
        let names = joinKeys.map(\.name)
        for field in table.fields where !names.contains(field.name) {
            throw DataError(
                "'\(field.name)' is no join key\(Spelling.suggestion(for: field.name, in: names)); the keys are "
                    + names.joined(separator: ", "), file: origin)
        }
        var columns: [Column] = []
        for key in joinKeys {
            guard let column = table.column(key.name) else {
                throw DataError("the join key '\(key.name)' (\(key.type)) is missing", file: origin)
            }
            columns.append(try key.typed(column, origin: origin))
        }
        return columns
    }
}
