/// Where a chunk is cut into pages.
struct PagePlan {
    /// Rows of each page.
    let pages: [Range<Int>]

    /// A page that is read in place may be this long: far from the 2 GiB that the format allows.
    private static let longestInPlace = 256 << 20

    init(_ column: Column, isOnePage: Bool, options: ParquetWriterOptions) {
        let rows = isOnePage ? Int.max : max(1, options.pageRows)
        let bytes = isOnePage ? Self.longestInPlace : max(1, options.pageBytes)
        var pages: [Range<Int>] = []
        var start = 0
        while start < column.count {
            let end = Self.end(of: column, from: start, rows: min(rows, column.count - start), bytes: bytes)
            pages.append(start..<end)
            start = end
        }
        self.pages = pages
    }

    /// The end of the page that begins at `start`: as many rows as fit, one at least.
    private static func end(of column: Column, from start: Int, rows: Int, bytes: Int) -> Int {
        var (fitting, tooMany) = (start + rows, start + rows + 1)
        if column.byteCount(of: start..<fitting) > bytes { (fitting, tooMany) = (start, fitting) }
        // Bytes grow with the rows, so the last row that fits is found by halving.
        while tooMany - fitting > 1 {
            let middle = (fitting + tooMany) / 2
            if column.byteCount(of: start..<middle) > bytes { tooMany = middle } else { fitting = middle }
        }
        return max(fitting, start + 1)
    }
}
