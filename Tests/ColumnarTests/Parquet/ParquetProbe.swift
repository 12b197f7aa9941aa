@testable import Columnar

/// Reads a file in every way there is.
enum ParquetProbe {
    /// Returns false if the file, or a column of it, was refused.
    @discardableResult
    static func readEverything(_ bytes: Buffer) -> Bool {
        guard let file = try? ParquetFile(bytes: bytes, path: "fuzz") else { return false }
        // A change of the footer can make a small file claim billions of rows in runs: true, but slow to look at here.
        guard file.rowCount < 100_000, file.rowGroups.count < 1000, file.fields.count < 1000 else { return false }
        var isWhole = true
        for column in file.fields.indices {
            for group in file.rowGroups.indices {
                do throws(DataError) {
                    try read(file, column, group)
                } catch {
                    precondition(!error.message.isEmpty)
                    isWhole = false
                }
                // Page index and filters can be damaged where the pages are whole, and the other way around.
                do throws(DataError) { try skip(file, column, group) } catch { isWhole = false }
            }
        }
        do throws(DataError) { touch(try file.read()) } catch { isWhole = false }
        return isWhole
    }

    private static func read(_ file: ParquetFile, _ column: Int, _ group: Int) throws(DataError) {
        // Elements of lists have no other bound than the memory.
        guard file.chunk(of: column, rowGroup: group).valueCount < 100_000 else { return }
        let rows = file.rowGroups[group].rowCount
        let values = try file.readColumn(column, rowGroup: group)
        precondition(values.count == rows && values.type == file.fields[column].type)
        touch(values)
        if let runs = try file.readRuns(column, rowGroup: group) {
            precondition(runs.lengths.reduce(0) { $0 + Int($1) } == rows)
            precondition(runs.indices.allSatisfy { (0..<runs.dictionary.count).contains(Int($0)) })
            touch(runs.dictionary)
        }
    }

    private static func skip(_ file: ParquetFile, _ column: Int, _ group: Int) throws(DataError) {
        guard file.chunk(of: column, rowGroup: group).valueCount < 100_000 else { return }
        let rows = file.rowGroups[group].rowCount
        for condition in [
            ValueCondition.between(.int(3), nil), .anyOf([.int(7), .string("ab"), .bytes([1])]), .isNull,
        ] {
            let ranges = try file.rowRanges(in: group, where: column, condition)
            precondition(ranges.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= rows })
        }
        let pages = try file.pages(of: column, rowGroup: group)
        precondition(pages.starts.first == 0 && pages.starts.last == rows)
        for page in 0..<pages.count { touch(try pages.read(page)) }
        if rows > 2 {
            let some = try pages.read(rows: rows / 3..<rows - 1)
            precondition(some.count == rows - 1 - rows / 3)
            _ = try pages.readRuns(rows: rows / 3..<rows - 1)
        }
    }

    private static func touch(_ table: Table) { for column in table.columns { touch(column) } }

    /// Looks at every value, so that those outside of their memory are found.
    private static func touch(_ column: Column) {
        for row in 0..<column.count { _ = column.value(at: row) }
    }
}
