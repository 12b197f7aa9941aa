import Columnar

extension SegmentFile {
    /// All columns of a block in the view's present layout; features that the segment lacks are null.
    func table(of block: Int) throws(DataError) -> Table {
        let columns = try Parallel.tryMap(Array(layout.fields.indices)) { (index) throws(DataError) in
            try self.column(index, of: block)
        }
        return Table(fields: layout.fields, columns: columns, rowCount: rowCount(of: block))
    }

    /// The column at `index` of the layout's fields.
    private func column(_ index: Int, of block: Int) throws(DataError) -> Column {
        let found: Column? =
            switch index {
            case layout.keyIndices: try keyColumn(index, of: block)
            case layout.eventIndex: try events(of: block)
            case layout.createdIndex: try created(of: block)
            case layout.endIndex: try ends(of: block)
            default:
                try values(of: layout.features[index - layout.featureIndices.lowerBound], block: block)
            }
        return found ?? .nulls(layout.fields[index].type, count: rowCount(of: block))
    }
}
