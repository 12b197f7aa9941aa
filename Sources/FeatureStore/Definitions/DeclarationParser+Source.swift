extension DeclarationParser {
    func parseSource(_ name: Located<String>, _ node: YAMLNode) -> Declaration<Source> {
        var source = Declaration(model: Source(name: name.value, path: "", timestamp: nil), place: name.place)
        source.isSound = isSound {
            check(name: name, of: "a source")
            guard
                let map = YAMLMap(
                    node, at: name.place, subject: "source '\(name.value.shortened)'",
                    keys: ["path", "timestamp", "created", "field_mapping"] + Self.commonKeys,
                    planned: ["valid_from", "valid_to"], log: log)
            else { return }
            source.keyPlaces = map.keyPlaces
            source.model.description = map.text("description")?.value
            source.model.owner = map.text("owner")?.value
            source.model.tags = tags(of: map)
            source.model.timestamp = columnName("timestamp", of: map)
            source.model.created = columnName("created", of: map)
            source.model.fieldMapping = fieldMapping(of: map)
            if let path = map.requiredText("path", example: "path: data/drivers/*.parquet") {
                check(path: path)
                source.model.path = path.value
            }
            if let created = map.node("created"), map.node("timestamp") == nil {
                log.report(
                    "a source with 'created' needs 'timestamp' too: when did the row happen, before it became known?",
                    at: created.place)
            }
        }
        return source
    }

    private func columnName(_ key: String, of map: YAMLMap) -> String? {
        guard let text = map.text(key) else { return nil }
        guard !text.value.isEmpty else {
            log.report("'\(key)' must name a column", at: text.place)
            return nil
        }
        return text.value
    }

    private func check(path: Located<String>) {
        let extensions = [".parquet", ".csv", ".csv.gz"]
        guard !extensions.contains(where: path.value.lowercased().hasSuffix) else { return }
        log.report(
            "'path' must end in .parquet, .csv or .csv.gz, e.g. data/drivers/*.parquet, not '\(path.value.shortened)'",
            at: path.place)
    }

    /// File column -> name; two columns cannot have one name.
    private func fieldMapping(of map: YAMLMap) -> [String: String] {
        var mapping: [String: String] = [:]
        var columns: [String: String] = [:]
        for (column, name) in map.texts("field_mapping") {
            if name.value.isEmpty {
                log.report("'\(column.value.shortened)' is mapped to nothing: write its new name", at: column.place)
            } else if let other = columns[name.value] {
                log.report(
                    "'\(name.value.shortened)' is already the name of column '\(other.shortened)'", at: name.place)
            } else {
                columns[name.value] = column.value
                mapping[column.value] = name.value
            }
        }
        return mapping
    }
}
