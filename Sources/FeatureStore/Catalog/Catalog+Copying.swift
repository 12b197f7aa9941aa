/// What a copy of the online store needs of its project's catalog.
extension Catalog {
    /// Takes over how far each view's order of arrival is, and under which types features are stored, from a catalog whose
    /// rows this one does not have.
    func continueSequences(of other: Catalog) throws {
        let sequences = try other.database.rows("SELECT view, last FROM sequences") { ($0.text(0), $0.integer(1)) }
        for (view, last) in sequences {
            try database.query("INSERT INTO sequences (view, last) VALUES (?, ?)", [.text(view), .integer(last)])
        }
        for (view, types) in try other.storedTypes() {
            for (feature, type) in types {
                try database.query(
                    "INSERT INTO stored_features (view, feature, type) VALUES (?, ?, ?)",
                    [.text(view), .text(feature), .text(type.description)])
            }
        }
    }
}
