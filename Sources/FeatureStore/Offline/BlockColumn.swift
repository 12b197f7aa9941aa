import Columnar

/// A column of one block of history, from which single rows are taken.
enum BlockColumn: Sendable {
    /// All rows, usually as they lie in the file.
    case whole(Column)
    /// Pages, of which those are read that hold wanted rows.
    case pages(ColumnPages)
}
