extension String {
    /// Short enough, and free of line breaks, to stand in a one-line message.
    var shortened: String {
        let visible = String(String.UnicodeScalarView(unicodeScalars.prefix(61).map { $0.value < 32 ? " " : $0 }))
        return visible.unicodeScalars.count > 60 ? String(visible.unicodeScalars.prefix(57)) + "…" : visible
    }
}
