import CArrowABI

/// One column of a foreign table, read from its schema.
struct ArrowColumnSchema: Hashable, Sendable {
    let name: String
    let layout: ArrowLayout
    let isNullable: Bool

    /// The columns of a table's schema, which is a struct of them.
    static func columns(of schema: ArrowSchema) throws(DataError) -> [ArrowColumnSchema] {
        let format = schema.format.map { String(cString: $0) } ?? ""
        guard format == "+s" else {
            throw DataError("the Arrow stream holds single values of type '\(format)', not the rows of a table")
        }
        guard schema.n_children >= 0 else { throw DataError("the Arrow schema has a negative number of columns") }
        var columns: [ArrowColumnSchema] = []
        for i in 0..<Int(schema.n_children) {
            guard let child = schema.children?[i]?.pointee else {
                throw DataError("the Arrow schema lacks column \(i + 1) of \(schema.n_children)")
            }
            let name = child.name.map { String(cString: $0) } ?? ""
            do {
                columns.append(
                    ArrowColumnSchema(
                        name: name, layout: try ArrowLayout(child),
                        isNullable: child.flags & Int64(ARROW_FLAG_NULLABLE) != 0))
            } catch {
                throw DataError(error.message, column: name)
            }
        }
        return columns
    }
}
