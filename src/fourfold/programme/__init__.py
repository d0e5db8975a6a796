"""Programme: partners, sites, catchments, each site's model of working, live since when."""
